/** One run of a workload on one system. */
export interface Sample {
  /** From the first request to the last result known. */
  seconds: number;
  /** The same as points of time, in microseconds on the monotonic clock, where it is a part of the whole. */
  span?: readonly [begin: number, end: number];
  /** How much was done: tasks, bytes, or 1 for a plain duration. */
  amount: number;
  /** Further figures, such as `p99` in milliseconds or `server MB`. */
  figures?: Record<string, number>;
}

export type Unit = "task" | "byte" | "run";

/** What a workload measures on Rain, and on the peers that can do the same. */
export interface Workload {
  /** For the table. */
  title: string;
  unit: Unit;
  rain(bench: Bench): Promise<Sample>;
  /** Each answers `runs` samples, taken one after the other on one set-up. */
  peers?: Partial<Record<PeerName, (runs: number) => Promise<Sample[]>>>;
}

export const PEERS = ["dask", "dask-tuned", "xargs", "tcp", "tcp-file", "node"] as const;
export type PeerName = (typeof PEERS)[number];

/** What a workload runs on: a cluster that is started for it when it asks. */
export interface Bench {
  /** A server and two workers with one cpu each; `env` counts the first time. */
  cluster(env?: NodeJS.ProcessEnv): Promise<import("./rain-cluster.ts").RainCluster>;
  /** The built `rain`, as arguments of a process. */
  rain: string[];
  /** An empty directory. */
  directory: string;
}

export function rate({ amount, seconds }: Sample): number {
  return amount / seconds;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
