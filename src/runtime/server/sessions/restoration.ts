import { hostname } from "node:os";
import { entryAt } from "../../collections/entry-at.ts";
import { getOrInsert } from "../../collections/get-or-insert.ts";
import { type Inventory, objectState } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import { errnoOf } from "../../platform/errno.ts";
import type { InventoryPart } from "../../protocol/messages/index.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { EventOf } from "../cluster/facts.ts";
import { learnContentTypes, toCoreInventory } from "../cluster/inventory.ts";
import { keepCopy } from "../cluster/learn.ts";
import type { FormerServer, RecordedSession } from "../journal/replay.ts";
import { SessionRecord } from "./session-record.ts";
import { infoOf, toGraphChunk } from "./submit.ts";

/** Time for the workers of a former server to rejoin. Objects of missing workers are made again. */
const REJOIN_TIMEOUT_MS = 5_000;

/** A journal smaller than this is not compacted. */
const SMALL_JOURNAL_BYTES = 4 << 20;

/**
 * Restores the sessions of a former server when its workers have rejoined or their time is over. Never
 * rejects.
 */
export async function restoreSessions(cluster: Cluster, former: FormerServer | undefined): Promise<void> {
  if (!former) return;
  // Before anything else: workers may join from now on.
  const restoration = new Restoration(cluster, former);
  cluster.restoration = restoration;
  await restoreFiles(cluster, former).catch((error) => {
    cluster.log.error({ err: error }, "the files of the former server cannot be used");
  });
  await restoration.finish();
  // The rest of the journal belongs to closed sessions.
  const live = [...former.bytesOf.values()].reduce((sum, bytes) => sum + bytes, SMALL_JOURNAL_BYTES);
  if (cluster.journal.length > 2 * live) await cluster.compaction.run();
}

/** Restores uploaded constants and plugins. A stopped cluster no longer needs them. */
async function restoreFiles({ constants, plugins }: Cluster, former: FormerServer): Promise<void> {
  if (former.wasStopped) await Promise.all([constants.clear(), plugins.clear()]);
  await plugins.restore();
}

/** Collects the inventories of the workers of a former server, then restores its sessions. */
export class Restoration {
  readonly #cluster: Cluster;
  readonly #former: FormerServer;
  /** Slots in the former server of workers that may rejoin. */
  readonly #awaited: Set<number>;
  /** Inventories of workers, by session and slot. */
  readonly #inventories = new Map<number, Map<number, InventoryPart[]>>();
  /** Reports of workers that have joined, in the order of their arrival. */
  readonly #reports: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #settle: () => void = () => {};
  /** Resolves when the workers are back or the time is over. */
  readonly #gathered = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  constructor(cluster: Cluster, former: FormerServer) {
    this.#cluster = cluster;
    this.#former = former;
    const isOver = former.wasStopped || former.sessions.size === 0;
    const alive = [...former.workers].filter(([, worker]) => !isOver && mayRun(worker));
    this.#awaited = new Set(alive.map(([slot]) => slot));
    this.#timer = setTimeout(() => this.#settle(), REJOIN_TIMEOUT_MS);
    if (this.#awaited.size === 0) this.#settle();
  }

  /** Takes the inventory of a worker that joined. @param former its slot in the former server */
  joined(slot: number, former: number | undefined, inventory: readonly InventoryPart[]): void {
    for (const part of inventory) {
      const opened = this.#former.sessions.get(part.session)?.createdAt;
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

  /** Removes the inventories of a worker that left. */
  left(slot: number): void {
    for (const bySlot of this.#inventories.values()) bySlot.delete(slot);
  }

  defer(report: () => void): void {
    this.#reports.push(report);
  }

  /** Waits for the workers, then restores the sessions. Never rejects. */
  async finish(): Promise<void> {
    await this.#gathered;
    clearTimeout(this.#timer);
    const failures = new Map<number, unknown>();
    for (const recorded of this.#former.sessions.values()) {
      await restoreConstants(this.#cluster, recorded).catch((error) => failures.set(recorded.id, error));
    }
    // Nothing may be awaited from here on: a worker that joins takes part in the restoration of all sessions, or
    // finds all of them.
    this.#cluster.restoration = undefined;
    for (const recorded of this.#former.sessions.values()) {
      try {
        this.#restore(recorded, failures.get(recorded.id));
      } catch (error) {
        this.#giveUp(recorded.id, error);
      }
    }
    for (const report of this.#reports) report();
  }

  /** Workers must not keep the objects of a session that does not exist. */
  #giveUp(session: number, error: unknown): void {
    this.#cluster.sessions.delete(session);
    this.#cluster.log.error({ err: error }, `session ${session} of the journal cannot be restored`);
    for (const slot of this.#inventories.get(session)?.keys() ?? [])
      this.#cluster.send(slot, ["endSession", { session }]);
  }

  /** @param constantsError why constants of the session are missing */
  #restore(recorded: RecordedSession, constantsError: unknown): void {
    const cluster = this.#cluster;
    const record = recordOf(recorded);
    record.isOfStoppedCluster = recorded.isOfStoppedCluster;
    cluster.sessions.set(record.id, record);
    if (recorded.isOfStoppedCluster && record.endedAt === undefined) {
      recorded.state = "cancelled";
      record.endedAt = recorded.lastTime;
      record.error = new RainError("CANCELLED", `session ${record.id} was cancelled: the server was stopped`);
    }
    const continues = recorded.options.onFailure === "continue";
    const { state } = recorded;
    const over = state === "cancelled" || (state === "failed" && !continues) ? state : undefined;
    if (constantsError !== undefined && !over && !recorded.isOfStoppedCluster)
      record.error ??= RainError.from(constantsError);
    const ended = over ?? (record.error && "failed");
    const chunks = recorded.chunks.map((chunk) =>
      toGraphChunk(chunk, (object, { size }) => cluster.constants.get(record.id, object)?.info.size ?? size),
    );
    const sizes = new Float64Array(objectCount(recorded)).fill(Number.NaN);
    for (const [object, size] of recorded.sizes) sizes[object] = size;
    const failures = [...recorded.failures];
    const bySlot = [...(this.#inventories.get(record.id) ?? [])];
    const inventories = new Map(bySlot.map(([slot, parts]) => [slot, toCoreInventory(record.id, parts)]));
    inventories.set(SERVER_SLOT, copiesOf(recorded));
    const event: EventOf<"sessionRestored"> = {
      kind: "sessionRestored",
      session: record.id,
      chunks,
      onFailure: recorded.options.onFailure,
      sealed: recorded.sealed,
      ...(ended && { ended }),
      // Objects that were only on workers of a stopped cluster are lost.
      unkept: Uint32Array.from(recorded.isOfStoppedCluster ? withWorkersOnly(recorded) : recorded.unkept),
      finished: Uint32Array.from([...recorded.finished.keys()].sort((one, other) => one - other)),
      failed: Uint32Array.from(
        failures.filter(([task, { retryAt }]) => retryAt === undefined && !recorded.finished.has(task)),
        ([task]) => task,
      ),
      sizes,
      failures: failures.map(([task, { times, retryAt }]) =>
        retryAt === undefined ? [task, times - 1] : [task, times, (retryAt - Date.now()) / 1000],
      ),
      inventories,
    };
    cluster.dispatch(event, { restoreCopies: () => restoreCopies(cluster, recorded, record) });
    for (const [, parts] of bySlot) {
      for (const part of parts)
        learnContentTypes(cluster, record, part, (task) => recorded.finished.has(task));
    }
    if (!record.detached && record.endedAt === undefined) cluster.orphans.add(record);
  }
}

/** Returns whether a worker may still be running. A worker on another machine always may. */
function mayRun(worker: { hostname: string; pid: number }): boolean {
  if (worker.hostname !== hostname()) return true;
  try {
    process.kill(worker.pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== "ESRCH";
  }
}

/** Builds the record of a session from the journal. */
function recordOf(recorded: RecordedSession): SessionRecord {
  const record = new SessionRecord(recorded.id, recorded.options, recorded.createdAt);
  for (const chunk of recorded.chunks) record.add(chunk);
  for (const [task, { time, duration, extra }] of recorded.finished)
    record.ended(task, time, duration, extra);
  for (const [task, { retryAt, error, run }] of recorded.failures) {
    if (retryAt !== undefined || recorded.finished.has(task)) continue;
    record.ended(task, run.time, run.duration, run.extra);
    record.failures.add(task, error);
  }
  record.endedAt = recorded.endedAt;
  const continues = recorded.options.onFailure === "continue" && recorded.state !== "cancelled";
  if (recorded.error && !continues) record.error = RainError.fromJSON(recorded.error);
  return record;
}

/** Restores the constants of a session. @throws IO when an uploaded one is missing */
async function restoreConstants({ constants }: Cluster, recorded: RecordedSession): Promise<void> {
  for (const { firstObject, constants: specs } of recorded.chunks) {
    for (const [i, spec] of specs.entries()) {
      const { data } = spec;
      const info = infoOf(spec);
      if (data) constants.add(recorded.id, firstObject + i, info, new Uint8Array(data));
      else await constants.restore(recorded.id, firstObject + i, info);
    }
  }
}

function objectCount({ chunks }: RecordedSession): number {
  const last = chunks.at(-1);
  if (!last) return 0;
  const outputs = last.kind.reduce((count, kind) => count + entryAt(last.kinds, kind).outputs.length, 0);
  return last.firstObject + last.constants.length + outputs;
}

/** Kept objects without a copy on the server. */
function withWorkersOnly({ chunks, copies }: RecordedSession): number[] {
  return chunks.flatMap(({ keep }) => [...keep]).filter((object) => !copies.has(object));
}

/** The inventory of the server: its copies of small results. */
function copiesOf({ id, copies, sizes }: RecordedSession): Inventory {
  const objects = Uint32Array.from(copies.keys());
  return {
    session: id,
    objects,
    sizes: Float64Array.from(objects, (object) => sizes.get(object) ?? 0),
    running: new Uint32Array(),
    finished: new Uint32Array(),
  };
}

/** Restores the copies of results that the session still needs. */
function restoreCopies(cluster: Cluster, recorded: RecordedSession, record: SessionRecord): void {
  for (const [object, data] of recorded.copies) {
    if (objectState(cluster.core, record.id, object) !== "present") continue;
    keepCopy(cluster, record, object, data);
  }
}
