/** What a worker offers. */
export interface WorkerCapacity {
  cpus: number;
  /** Bytes. Absent: any amount of memory. */
  memory?: number;
  /** Amounts of named resources. */
  named: Record<string, number>;
  labels: Record<string, string>;
  /** Canonical names of the task types. `mine/*` stands for all that begin with `mine/`. */
  types: ReadonlySet<string>;
}
