/**
 * Number of tasks by state. `ready` includes the tasks that are assigned to a worker, and those that are too
 * short to be reported as started; `running` counts only tasks reported as started. Every task is in exactly
 * one of the states, and `total` is their sum.
 */
export interface TaskCounts {
  total: number;
  waiting: number;
  ready: number;
  running: number;
  finished: number;
  /** A run failed, and no retry was left. */
  failed: number;
  /** Did not end before its session was cancelled, closed, or stopped by the failure of another task. */
  cancelled: number;
  /** Never ran, because it needs an output of a failed task in a session that continued. */
  skipped: number;
}

export const NO_TASKS: Readonly<TaskCounts> = {
  total: 0,
  waiting: 0,
  ready: 0,
  running: 0,
  finished: 0,
  failed: 0,
  cancelled: 0,
  skipped: 0,
};
