/** The resources of its worker that a task uses while it runs. */
export interface Resources {
  cpus: number;
  /** Bytes. */
  memory?: number | undefined;
  /** Amounts of named resources in whole units, such as `{ gpu: 1 }`. */
  named?: Record<string, number> | undefined;
}

/** Limits where a task may run: only on these workers, and only on workers with all of these labels. */
export interface Where {
  workers?: number[] | undefined;
  labels?: Record<string, string> | undefined;
}
