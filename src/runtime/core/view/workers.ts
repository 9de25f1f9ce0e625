import type { CoreState } from "../data/state.ts";

/** How many tasks a worker has now, of all sessions. */
export function assignedTaskCount(state: CoreState, worker: number): number {
  return state.workers[worker]?.assigned ?? 0;
}
