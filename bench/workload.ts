import type { RainCluster } from "./rain-cluster.ts";
import type { Sample, Unit } from "./sample.ts";

/** What a workload measures on Rain, and on the peers that can do the same. */
export interface Workload {
  /** For the table. */
  title: string;
  unit: Unit;
  rain(bench: Bench): Promise<Sample>;
  /** Each answers `runs` samples, taken one after the other on one set-up. */
  peers?: Peers;
}

export type Peers = Partial<Record<PeerName, (runs: number) => Promise<Sample[]>>>;

export const PEERS = ["dask", "dask-tuned", "xargs", "tcp", "tcp-file", "node"] as const;
export type PeerName = (typeof PEERS)[number];

/** What a workload runs on: a cluster that is started for it when it asks. */
export interface Bench {
  /** A server and two workers with one cpu each; `env` counts the first time. */
  cluster(env?: NodeJS.ProcessEnv): Promise<RainCluster>;
  /** The built `rain`, as arguments of a process. */
  rain: string[];
  /** An empty directory. */
  directory: string;
}
