import { getOrInsert } from "../../collections/get-or-insert.ts";
import { type Inventory, taskState } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import { LinkAcceptor } from "../../protocol/link/accept.ts";
import type {
  InventoryPart,
  PeerAddress,
  ServerToWorker,
  WorkerHello,
  WorkerToServer,
  WorkerWelcome,
} from "../../protocol/messages/index.ts";
import { parseWorkerHello, parseWorkerToServer } from "../../protocol/messages/worker-link.ts";
import type { AccessRules } from "../api/access.ts";
import { checkDataUrl } from "../api/check-data-url.ts";
import type { Cluster } from "./cluster.ts";
import { learnContentTypes, toCoreInventory } from "./inventory.ts";
import { addressOf, type WorkerHandle } from "./registry.ts";
import { capacityOf } from "./task-types.ts";
import { handleReport } from "./worker-reports.ts";

/** Milliseconds after which a disconnected worker counts as lost. */
const GRACE_MS = 3_000;
/** Maximum bytes of unacknowledged messages for a disconnected worker. */
const MAX_UNREAD_BYTES = 512 << 20;

export type WorkerAcceptor = LinkAcceptor<ServerToWorker, WorkerToServer, WorkerHello, WorkerWelcome>;

/** Accepts workers on `/ws/worker`. */
export function acceptWorkers(
  cluster: Cluster,
  { secure }: AccessRules,
  maxConnections: number,
): WorkerAcceptor {
  return new LinkAcceptor<ServerToWorker, WorkerToServer, WorkerHello, WorkerWelcome>({
    parseHello: parseWorkerHello,
    parse: parseWorkerToServer,
    resumable: true,
    graceMs: GRACE_MS,
    maxConnections,
    maxPendingBytes: MAX_UNREAD_BYTES,
    welcome(hello, link) {
      checkDataUrl(hello.dataUrl, secure);
      const worker: WorkerHandle = {
        slot: cluster.newSlot(),
        hello,
        link,
        sample: undefined,
        sentKinds: new Map(),
        inquiries: [],
      };
      const rejoins = hello.former?.cluster === cluster.id;
      const inventory: InventoryPart[] = [];
      const takeReport = (message: WorkerToServer) => {
        if (cluster.restoration) cluster.restoration.defer(() => reportLater(cluster, worker, message));
        else handleReport(cluster, worker, message);
      };
      const takeInventory = (message: WorkerToServer) => {
        if (message[0] === "inventory") inventory.push(message[1]);
        if (message[0] !== "inventoryEnd") return;
        take = takeReport;
        join(cluster, worker, inventory);
      };
      let take = rejoins ? takeInventory : takeReport;
      link.onBatch = (messages) => {
        for (const message of messages) take(message);
      };
      link.onSuspend = () => cluster.journal.append(0, ["workerSuspended", { worker: worker.slot }]);
      link.onResume = () => cluster.journal.append(0, ["workerResumed", { worker: worker.slot }]);
      link.onClose = (error) => leave(cluster, worker, error);
      // The welcome must be the first message: joining sends others.
      if (!rejoins) queueMicrotask(() => join(cluster, worker, []));
      return { worker: worker.slot, cluster: cluster.id };
    },
  });
}

/** Handles a report that had to wait, unless the worker has left meanwhile. */
function reportLater(cluster: Cluster, worker: WorkerHandle, message: WorkerToServer): void {
  if (cluster.workers.get(worker.slot) !== worker) return;
  try {
    handleReport(cluster, worker, message);
  } catch (error) {
    worker.link.close(RainError.from(error));
  }
}

/** @param inventory objects and running tasks of a worker that rejoins */
function join(cluster: Cluster, worker: WorkerHandle, inventory: readonly InventoryPart[]): void {
  const { slot, hello, link } = worker;
  if (link.state === "closed") return;
  const address: PeerAddress = { slot, url: hello.dataUrl };
  const others = [...cluster.workers.values()];
  link.send(["peers", { peers: others.map((other) => ({ slot: other.slot, url: other.hello.dataUrl })) }]);
  for (const other of others) other.link.send(["peers", { peers: [address] }]);
  cluster.workers.set(slot, worker);
  cluster.log.info({ worker: slot, cpus: hello.cpus, pid: hello.pid }, `worker ${slot} joined`);
  const { restoration } = cluster;
  const inventories = restoration ? [] : groupInventories(cluster, slot, inventory);
  const event = { worker: slot, capacity: capacityOf(hello), inventories };
  cluster.dispatch({ kind: "workerJoined", ...event }, { hello, address: addressOf(worker) });
  const former = hello.former?.cluster === cluster.id ? hello.former.worker : undefined;
  restoration?.joined(slot, former, inventory);
}

/** Groups the inventory of a worker by session. Tells the worker to forget sessions that do not exist. */
function groupInventories(cluster: Cluster, slot: number, inventory: readonly InventoryPart[]): Inventory[] {
  const parts = new Map<number, InventoryPart[]>();
  for (const part of inventory) {
    const record = cluster.sessions.get(part.session);
    if (record?.createdAt !== part.opened) {
      cluster.send(slot, ["endSession", { session: part.session }]);
      continue;
    }
    const isKnown = (task: number) => taskState(cluster.core, record.id, task) === "finished";
    learnContentTypes(cluster, record, part, isKnown);
    getOrInsert(parts, part.session, () => []).push(part);
  }
  return [...parts].map(([session, list]) => toCoreInventory(session, list));
}

function leave(cluster: Cluster, worker: WorkerHandle, error: RainError | undefined): void {
  if (!cluster.workers.delete(worker.slot)) return;
  cluster.log.warn(
    { worker: worker.slot, err: error },
    `worker ${worker.slot} left: ${error?.message ?? "it stopped"}`,
  );
  cluster.restoration?.left(worker.slot);
  for (const other of cluster.workers.values()) other.link.send(["peerLost", { slot: worker.slot }]);
  cluster.workerLost(worker.slot, error);
}
