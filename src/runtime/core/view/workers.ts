import type { CoreState } from "../data/state.ts";

/** The number of tasks that a worker has, of all sessions. */
export function assignedTaskCount(state: CoreState, worker: number): number {
  return state.workers[worker]?.assigned ?? 0;
}
