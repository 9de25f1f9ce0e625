import type { RainCluster } from "./rain-cluster.ts";
import type { Sample, Unit } from "./sample.ts";

/** A workload on Rain, and on the peers that support it. */
export interface Workload {
  /** The title in the table. */
  title: string;
  unit: Unit;
  rain(bench: Bench): Promise<Sample>;
  /** Each function returns `runs` samples, which it takes one after the other on the same setup. */
  peers?: Peers;
}

export type Peers = Partial<Record<PeerName, (runs: number) => Promise<Sample[]>>>;

export const PEERS = ["dask", "dask-tuned", "xargs", "tcp", "tcp-file", "node"] as const;
export type PeerName = (typeof PEERS)[number];

/** The environment of a workload. The cluster starts when the workload first asks for it. */
export interface Bench {
  /** Starts a server and two workers with one CPU each. Later calls return the same cluster and ignore `env`. */
  cluster(env?: NodeJS.ProcessEnv): Promise<RainCluster>;
  /** The command line of the built `rain`. */
  rain: string[];
  /** An empty directory. */
  directory: string;
}
