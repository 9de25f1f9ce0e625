import { objectReplica } from "../../../src/runtime/core/index.ts";
import { pick, type Random } from "../random.ts";
import type { Cluster } from "./cluster.ts";
import { randomCapacity, randomTypes } from "./graph.ts";
import { restartServer } from "./restart.ts";
import type { SimulatedWorker } from "./worker.ts";

/** Causes trouble in a cluster. Does nothing if the cluster has nothing that it could happen to. */
export type Trouble = (cluster: Cluster, random: Random) => void;

/** Five losses fail a task that was assigned each time, so there are at most four. */
const MAX_LOSSES = 4;

const toWorker =
  (act: (cluster: Cluster, worker: SimulatedWorker) => void): Trouble =>
  (cluster, random) => {
    const workers = [...cluster.workers.values()];
    const well = workers.filter((worker) => !worker.isTroubled);
    const isSafe = cluster.lostCount + workers.length - well.length < MAX_LOSSES;
    const worker = pick(random, well);
    if (worker !== undefined && isSafe) act(cluster, worker);
  };

/** The names are those of the chaos tests with real processes, where both can do the same. */
export const TROUBLES = {
  kill: toWorker((_, worker) => worker.die()),
  freeze: toWorker((_, worker) => {
    worker.condition = "frozen";
  }),
  cut: toWorker((_, worker) => {
    worker.isDisconnected = true;
  }),
  /** The server is killed, and restarted from its journal. */
  restart: (cluster, random) => restartServer(cluster, random),
  stop: toWorker((cluster, { slot }) => cluster.lose(slot)),
  join: (cluster, random) => cluster.join(randomCapacity(random)),
  /** A worker offers other task types. */
  change: (cluster, random) => {
    const slot = pick(random, [...cluster.workers.keys()]);
    if (slot !== undefined) cluster.change(slot, randomTypes(random));
  },
  /** A client fetches a result. */
  fetch: (cluster, random) => {
    const [id, session] = pick(random, [...cluster.sessions])!;
    const object = pick(random, [...session.kept]);
    if (object === undefined || !session.exists(object) || session.isToBeMade(object)) return;
    cluster.fetch(id, object, objectReplica(cluster.state, id, object));
  },
} satisfies Record<string, Trouble>;
