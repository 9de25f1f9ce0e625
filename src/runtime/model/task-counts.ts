/**
 * How many tasks are in which state. `ready` includes the tasks that are assigned to a worker and those too short to be seen running:
 * `running` counts what has run for a moment. `failed` includes the cancelled ones.
 */
export interface TaskCounts {
  total: number;
  waiting: number;
  ready: number;
  running: number;
  finished: number;
  failed: number;
  /** Absent when there are none. */
  skipped?: number;
}
