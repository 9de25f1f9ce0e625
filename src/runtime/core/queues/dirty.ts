import type { CoreState, Worker } from "../data/state.ts";

/** The worker's load or own queue changes: it is looked at before the step ends. */
export function markDirty(state: CoreState, worker: Worker): void {
  if (worker.isDirty) return;
  worker.isDirty = true;
  state.dirty.push(worker);
}
