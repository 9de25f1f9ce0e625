import type { CoreState, Worker } from "../data/state.ts";

/** The worker's load or own queue changes: it is looked at before the step ends. */
export function touch(state: CoreState, worker: Worker): void {
  if (worker.touched) return;
  worker.touched = true;
  state.touched.push(worker);
}
