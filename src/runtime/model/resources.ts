/** What a task takes of its worker while it runs. */
export interface Resources {
  cpus: number;
  /** Bytes. */
  memory?: number;
  /** Amounts of named resources, such as `{ gpu: 1 }`, in whole units. */
  named?: Record<string, number>;
}

/** Where a task may run: on one of these workers, and only where all of these labels hold. */
export interface Where {
  workers?: number[];
  labels?: Record<string, string>;
}
