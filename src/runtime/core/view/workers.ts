import type { CoreState } from "../data/state.ts";

/** Number of tasks of all sessions that a worker has now. */
export function assignedTaskCount(state: CoreState, worker: number): number {
  return state.workers[worker]?.assigned ?? 0;
}
