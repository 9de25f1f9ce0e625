/**
 * Number of tasks by state. `ready` includes the tasks that are assigned to a worker, and those that are too
 * short to be reported as started; `running` counts only tasks reported as started. `failed` includes
 * cancelled tasks.
 */
export interface TaskCounts {
  total: number;
  waiting: number;
  ready: number;
  running: number;
  finished: number;
  failed: number;
  /** Absent if no task was skipped. */
  skipped?: number | undefined;
}
