/** What a worker offers. */
export interface WorkerCapacity {
  cpus: number;
  /** Bytes; absent: it does not say, and takes whatever asks for memory. */
  memory?: number;
  /** Amounts of named resources. */
  named: Record<string, number>;
  labels: Record<string, string>;
  /** Canonical names of the task types it runs; `mine/*` stands for all that begin with `mine/`. */
  types: ReadonlySet<string>;
}
