/** The resources, labels and task types that a worker offers. */
export interface WorkerCapacity {
  cpus: number;
  /** Bytes. Absent if the worker does not say; then it takes tasks with any memory requirement. */
  memory?: number | undefined;
  /** Amounts of named resources. */
  named: Record<string, number>;
  labels: Record<string, string>;
  /**
   * Canonical names of the task types that it runs. `mine/*` includes every type whose name begins with
   * `mine/`.
   */
  types: ReadonlySet<string>;
}
