import { hostname } from "node:os";
import { getOrInsert } from "../../collections/get-or-insert.ts";
import { type Inventory, objectState } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import type { InventoryPart } from "../../protocol/messages/index.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { EventOf } from "../cluster/facts.ts";
import { learnContentTypes, toCoreInventory } from "../cluster/inventory.ts";
import { keepCopy } from "../cluster/learn.ts";
import type { Past, PastSession } from "../journal/replay.ts";
import { SessionRecord } from "./session-record.ts";
import { toGraphChunk } from "./submit.ts";

/** How long the workers that a former server had may take to come back, before what only they have is made again. */
const PATIENCE_MS = 5_000;

/** A journal of this size is not worth a thought. */
const SMALL_JOURNAL_BYTES = 4 << 20;

/** Lets the sessions of a former server go on, once its workers have come back or had time to. Never rejects. */
export async function restoreSessions(cluster: Cluster, past: Past | undefined): Promise<void> {
  if (!past) return;
  await restoreFiles(cluster, past).catch((error) => {
    cluster.log.error({ err: error }, "the files of the former server cannot be used");
  });
  const restoration = new Restoration(cluster, past);
  cluster.restoration = restoration;
  await restoration.finish();
  cluster.restoration = undefined;
  // What the former servers left of closed sessions.
  const live = [...past.bytesOf.values()].reduce((sum, bytes) => sum + bytes, SMALL_JOURNAL_BYTES);
  if (cluster.journal.length > 2 * live) await cluster.compaction.run();
}

/** Uploaded constants and plugins: of a cluster that was stopped none are needed. */
async function restoreFiles({ constants, plugins }: Cluster, past: Past): Promise<void> {
  if (past.wasStopped) await Promise.all([constants.clear(), plugins.clear()]);
  await plugins.restore();
}

/** The time between the start of a server on a journal with sessions and the moment when these go on. */
export class Restoration {
  readonly #cluster: Cluster;
  readonly #past: Past;
  /** By the slots of former times. */
  readonly #awaited: Set<number>;
  /** By session and slot. */
  readonly #inventories = new Map<number, Map<number, InventoryPart[]>>();
  readonly #timer: NodeJS.Timeout;
  #settle: () => void = () => {};
  /** Settles when the workers are back, or the time is over. */
  readonly #gathered = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  constructor(cluster: Cluster, past: Past) {
    this.#cluster = cluster;
    this.#past = past;
    const isOver = past.wasStopped || past.sessions.size === 0;
    const alive = [...past.workers].filter(([, worker]) => !isOver && mayRun(worker));
    this.#awaited = new Set(alive.map(([slot]) => slot));
    this.#timer = setTimeout(() => this.#settle(), PATIENCE_MS);
    if (this.#awaited.size === 0) this.#settle();
  }

  /** A worker has joined, perhaps with what it had as a slot of the former server. */
  joined(slot: number, former: number | undefined, inventory: readonly InventoryPart[]): void {
    for (const part of inventory) {
      const opened = this.#past.sessions.get(part.session)?.createdAt;
      if (opened !== part.opened) {
        this.#cluster.send(slot, ["endSession", { session: part.session }]);
        continue;
      }
      const bySlot = getOrInsert(this.#inventories, part.session, () => new Map<number, InventoryPart[]>());
      getOrInsert(bySlot, slot, () => []).push(part);
    }
    if (former !== undefined) this.#awaited.delete(former);
    if (this.#awaited.size === 0) this.#settle();
  }

  /** A worker is gone again. */
  left(slot: number): void {
    for (const bySlot of this.#inventories.values()) bySlot.delete(slot);
  }

  /** Waits for the workers, then lets the sessions go on. */
  async finish(): Promise<void> {
    await this.#gathered;
    clearTimeout(this.#timer);
    for (const past of this.#past.sessions.values()) {
      await this.#restore(past).catch((error) => {
        this.#cluster.sessions.delete(past.id);
        this.#cluster.log.error({ err: error }, `session ${past.id} of the journal cannot be restored`);
      });
    }
  }

  async #restore(past: PastSession): Promise<void> {
    const cluster = this.#cluster;
    const record = recordOf(past);
    record.isPast = past.isPast;
    cluster.sessions.set(record.id, record);
    if (past.isPast && record.endedAt === undefined) {
      past.state = "cancelled";
      record.endedAt = past.lastTime;
      record.error = new RainError("CANCELLED", `session ${record.id} was cancelled: the server was stopped`);
    }
    const goesOn = past.options.onFailure === "continue";
    const isOver = (past.state === "failed" && !goesOn) || past.state === "cancelled";
    await restoreConstants(cluster, past).catch((error) => {
      if (!isOver && !past.isPast) record.error ??= RainError.from(error);
    });
    const ended = isOver ? (past.state as "failed" | "cancelled") : record.error && "failed";
    const chunks = past.chunks.map((chunk) =>
      toGraphChunk(chunk, (object, { size }) => cluster.constants.get(record.id, object)?.info.size ?? size),
    );
    const sizes = new Float64Array(objectCount(past)).fill(Number.NaN);
    for (const [object, size] of past.sizes) sizes[object] = size;
    const failures = [...past.failures];
    const bySlot = [...(this.#inventories.get(record.id) ?? [])];
    const inventories = new Map(bySlot.map(([slot, parts]) => [slot, toCoreInventory(record.id, parts)]));
    inventories.set(SERVER_SLOT, copiesOf(past));
    const event: EventOf<"sessionRestored"> = {
      kind: "sessionRestored",
      session: record.id,
      chunks,
      onFailure: past.options.onFailure,
      sealed: past.sealed,
      ...(ended && { ended }),
      // What the workers of a stopped cluster had went with them, and is not to be made again.
      unkept: Uint32Array.from(past.isPast ? withWorkersOnly(past) : past.unkept),
      finished: Uint32Array.from([...past.finished.keys()].sort((one, other) => one - other)),
      failed: Uint32Array.from(
        failures.filter(([task, { retryAt }]) => retryAt === undefined && !past.finished.has(task)),
        ([task]) => task,
      ),
      sizes,
      failures: failures.map(([task, { times, retryAt }]) =>
        retryAt === undefined ? [task, times - 1] : [task, times, (retryAt - Date.now()) / 1000],
      ),
      inventories,
    };
    cluster.dispatch(event, { restoreCopies: () => restoreCopies(cluster, past, record) });
    for (const [, parts] of bySlot) {
      for (const part of parts) learnContentTypes(cluster, record, part, (task) => past.finished.has(task));
    }
    if (!record.detached && record.endedAt === undefined) cluster.orphans.add(record);
  }
}

/** Of a worker on another machine nobody knows before it comes. */
function mayRun(worker: { hostname: string; pid: number }): boolean {
  if (worker.hostname !== hostname()) return true;
  try {
    process.kill(worker.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** What the server knows of a session beyond its scheduling state. */
function recordOf(past: PastSession): SessionRecord {
  const record = new SessionRecord(past.id, past.options, past.createdAt);
  for (const chunk of past.chunks) record.add(chunk);
  for (const [task, { time, duration, extra }] of past.finished) record.ended(task, time, duration, extra);
  for (const [task, { retryAt, error, run }] of past.failures) {
    if (retryAt !== undefined || past.finished.has(task)) continue;
    record.ended(task, run.time, run.duration, run.extra);
    record.failures.add(task, error);
  }
  record.endedAt = past.endedAt;
  const goesOn = past.options.onFailure === "continue" && past.state !== "cancelled";
  if (past.error && !goesOn) record.error = RainError.fromJSON(past.error);
  return record;
}

/** @throws IO when an uploaded one is not there any more */
async function restoreConstants({ constants }: Cluster, past: PastSession): Promise<void> {
  for (const { firstObject, constants: specs } of past.chunks) {
    for (const [i, { data, size, dataType, contentType = "" }] of specs.entries()) {
      const info = { size, dataType, contentType };
      if (data) constants.add(past.id, firstObject + i, info, new Uint8Array(data));
      else await constants.restore(past.id, firstObject + i, info);
    }
  }
}

function objectCount({ chunks }: PastSession): number {
  const last = chunks.at(-1);
  if (!last) return 0;
  const outputs = last.kind.reduce((count, kind) => count + last.kinds[kind].outputs.length, 0);
  return last.firstObject + last.constants.length + outputs;
}

/** What nobody but the workers had. */
function withWorkersOnly({ chunks, copies }: PastSession): number[] {
  return chunks.flatMap(({ keep }) => [...keep]).filter((object) => !copies.has(object));
}

/** What the server itself holds of what was made. */
function copiesOf({ id, copies, sizes }: PastSession): Inventory {
  const objects = Uint32Array.from(copies.keys());
  return {
    session: id,
    objects,
    sizes: Float64Array.from(objects, (object) => sizes.get(object) ?? 0),
    running: new Uint32Array(),
  };
}

/** Those that the session still needs. */
function restoreCopies(cluster: Cluster, past: PastSession, record: SessionRecord): void {
  for (const [object, data] of past.copies) {
    if (objectState(cluster.core, record.id, object) !== "present") continue;
    keepCopy(cluster, record, object, data);
  }
}
