import type { Logger } from "pino";
import {
  createState,
  type Effect,
  type Event,
  type GraphColumns,
  graphColumns,
  step,
} from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { SessionState } from "../../model/session-states.ts";
import type { Link } from "../../protocol/link/link.ts";
import type { NewSession } from "../../protocol/messages/client-messages.ts";
import {
  SERVER_SLOT,
  type ServerToWorker,
  type WorkerHello,
  type WorkerSample,
  type WorkerToServer,
} from "../../protocol/messages/worker-messages.ts";
import { compactJournal } from "../journal/compact.ts";
import type { Journal } from "../journal/writer.ts";
import type { Constants } from "../objects/constants.ts";
import type { PluginStore } from "../objects/plugin-store.ts";
import { failureSummary } from "../sessions/failures.ts";
import { getOrInsert } from "../sessions/get-or-insert.ts";
import type { Restoration } from "../sessions/restoration.ts";
import { SessionRecord } from "../sessions/session-record.ts";
import { buildAssign } from "./assignments.ts";
import { noteFailed, noteFound, noteSkipped } from "./outcomes.ts";
import { WakeTimer } from "./wake-timer.ts";

/** A worker as the server sees it. */
export interface WorkerHandle {
  readonly slot: number;
  /** With the task types that it offers now. */
  hello: WorkerHello;
  readonly link: Link<ServerToWorker, WorkerToServer>;
  sample: WorkerSample | undefined;
  /** Per session: the kinds that the worker knows. */
  readonly sentKinds: Map<number, Set<number>>;
}

/** What follows the sessions. */
export interface ClusterListener {
  /** Counts of the session changed. */
  progressed(session: number): void;
  /** Its state changed; the record is gone from the cluster when it is closed. */
  changed(record: SessionRecord, state: SessionState): void;
}

export interface ClusterOptions {
  journal: Journal;
  constants: Constants;
  plugins: PluginStore;
  log: Logger;
  /** See `Cluster.id`. */
  id: string;
  /** The highest numbers that were given so far: none of them is given again. */
  lastSession: number;
  lastSlot: number;
}

/** So much of closed sessions may be in the journal, and half of it. */
const MOST_DEAD_BYTES = 64 << 20;

/** How long a session waits for its client after the server was started anew. */
const OWNER_PATIENCE_MS = 30_000;

/** The shell around the core: turns what happens into events, and the effects of `step` into messages, records and answers. */
export class Cluster {
  readonly core = createState();
  readonly sessions = new Map<number, SessionRecord>();
  readonly workers = new Map<number, WorkerHandle>();
  readonly listeners = new Set<ClusterListener>();
  readonly journal: Journal;
  readonly constants: Constants;
  readonly plugins: PluginStore;
  readonly log: Logger;
  /** For what the core wants to be told in time. */
  readonly #timer = new WakeTimer(() => this.dispatch({ kind: "timePassed" }));
  /** The same for all servers on the same journal. */
  readonly id: string;
  /** Its workers leave because they were told to. */
  isStopping = false;
  /** While sessions of a former server wait for its workers. */
  restoration: Restoration | undefined;
  #compacting: Promise<void> | undefined;
  #lastSession: number;
  #lastSlot: number;
  /** Sessions of a former server whose clients have not come back yet, and when these are given up. */
  readonly #orphans = new Map<SessionRecord, NodeJS.Timeout>();

  constructor({ journal, constants, plugins, log, id, lastSession, lastSlot }: ClusterOptions) {
    this.journal = journal;
    journal.onFailure = (error) => this.#journalFailed(error);
    this.constants = constants;
    this.plugins = plugins;
    this.log = log;
    this.id = id;
    this.#lastSession = lastSession;
    this.#lastSlot = lastSlot;
  }

  /** @throws IO while the journal cannot be written */
  checkJournal(): void {
    if (this.journal.error) this.journal.write();
    if (this.journal.error) throw this.journal.error;
  }

  /** @throws IO */
  openSession(options: NewSession, client: string): SessionRecord {
    this.checkJournal();
    const record = new SessionRecord(++this.#lastSession, options);
    this.sessions.set(record.id, record);
    this.journal.append(record.id, ["sessionOpened", { ...options, client }], record.createdAt);
    this.journal.write();
    const { onFailure } = options;
    this.dispatch({ kind: "sessionOpened", session: record.id, onFailure });
    return record;
  }

  /** @throws NOT_FOUND */
  session(id: number): SessionRecord {
    const record = this.sessions.get(id);
    if (record) return record;
    const reason = id > 0 && id <= this.#lastSession ? "is closed" : "does not exist";
    throw new RainError(reason === "is closed" ? "SESSION_CLOSED" : "NOT_FOUND", `session ${id} ${reason}`, {
      hint: "`rain status` lists the sessions.",
    });
  }

  /** By id, or the newest of that name. @throws NOT_FOUND */
  findSession(ref: number | string): SessionRecord {
    if (typeof ref === "number") return this.session(ref);
    const named = [...this.sessions.values()].findLast((record) => record.name === ref);
    if (named) return named;
    if (/^\d+$/.test(ref)) return this.session(Number(ref));
    throw new RainError("NOT_FOUND", `there is no session "${ref}"`, {
      hint: "`rain status` lists the sessions.",
    });
  }

  /** The graph of an open session, as it is until the next `step`. */
  graph(record: SessionRecord): GraphColumns {
    const graph = graphColumns(this.core, record.id);
    if (!graph) throw new RainError("INTERNAL", `session ${record.id} has no graph`);
    return graph;
  }

  newSlot(): number {
    return ++this.#lastSlot;
  }

  /** Ends a session for this reason; a no-op for one that has ended. */
  cancel(record: SessionRecord, reason: string): void {
    if (record.endedAt !== undefined) return;
    record.error = new RainError("CANCELLED", `session ${record.id} was cancelled: ${reason}`);
    this.dispatch({ kind: "sessionCancelled", session: record.id });
  }

  /** A session of a former server ends unless its client comes back for it. */
  awaitOwner(record: SessionRecord): void {
    const giveUp = () => {
      this.#orphans.delete(record);
      this.abandon(record, "its client did not come back to the new server");
    };
    this.#orphans.set(record, setTimeout(giveUp, OWNER_PATIENCE_MS));
  }

  /** Whether the session waited for its client, who is back. */
  reclaim(record: SessionRecord): boolean {
    clearTimeout(this.#orphans.get(record));
    return this.#orphans.delete(record);
  }

  /** Ends an attached session without a client: one that is to stay is cancelled, any other is closed. */
  abandon(record: SessionRecord, reason: string): void {
    if (record.detached || this.sessions.get(record.id) !== record) return;
    if (record.retain) this.cancel(record, reason);
    else this.close(record);
  }

  /** Waits for no client and no time any more. */
  async end(): Promise<void> {
    this.#timer.close();
    for (const timer of this.#orphans.values()) clearTimeout(timer);
    this.#orphans.clear();
    await this.#compacting;
  }

  /** A worker is told that there is no such session. */
  forgetSession(slot: number, session: number): void {
    this.#send(slot, ["endSession", { session }]);
  }

  close(record: SessionRecord): void {
    this.dispatch({ kind: "sessionClosed", session: record.id });
  }

  /** Tells the listeners that the counts of a session have changed. */
  progressed(session: number): void {
    for (const listener of this.listeners) listener.progressed(session);
  }

  /** @param note is called with the effects before they come about */
  dispatch(event: Event, note?: (effects: Effect[]) => void): Effect[] {
    const effects = step(this.core, event, performance.now() / 1000);
    note?.(effects);
    for (const effect of effects) this.#apply(effect);
    return effects;
  }

  #apply(effect: Effect): void {
    switch (effect.kind) {
      case "assign":
        this.#assign(effect);
        break;
      case "retract":
        this.#send(effect.worker, ["retract", { session: effect.session, tasks: effect.tasks }]);
        break;
      case "drop":
        if (effect.worker === SERVER_SLOT) this.#discard(this.constants.drop(effect.session, effect.objects));
        else this.#send(effect.worker, ["drop", { session: effect.session, objects: effect.objects }]);
        break;
      case "endSession":
        if (effect.worker === SERVER_SLOT) this.#discard(this.constants.dropSession(effect.session));
        else this.#send(effect.worker, ["endSession", { session: effect.session }]);
        this.workers.get(effect.worker)?.sentKinds.delete(effect.session);
        break;
      case "tasksFinished":
        this.sessions.get(effect.session)?.waits.finished(effect.tasks);
        this.progressed(effect.session);
        break;
      case "abort":
        this.#send(effect.worker, ["abort", { session: effect.session, tasks: effect.tasks }]);
        break;
      case "tasksFound":
        noteFound(this, effect);
        break;
      case "tasksRestarted":
        this.journal.append(effect.session, ["restarted", { tasks: effect.tasks }]);
        this.progressed(effect.session);
        break;
      case "tasksLost":
        this.journal.append(effect.session, ["lost", { worker: effect.worker, tasks: effect.tasks }]);
        this.progressed(effect.session);
        break;
      case "taskRetried":
        this.progressed(effect.session);
        break;
      case "taskFailed":
        noteFailed(this, effect);
        break;
      case "tasksSkipped":
        noteSkipped(this, effect);
        break;
      case "wakeAt":
        this.#timer.set(effect.time * 1000);
        break;
      case "sessionChanged":
        this.#sessionChanged(effect.session, effect.state);
    }
  }

  /** What was recorded of a closed session goes when there is much of the sort. */
  #forget(session: number): void {
    const { journal } = this;
    journal.forget(session);
    if (journal.deadBytes > MOST_DEAD_BYTES && journal.deadBytes > journal.length / 2) void this.compact();
  }

  /** Writes the journal anew without what is closed. Never rejects. */
  compact(): Promise<void> {
    this.#compacting ??= this.#compact().finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  async #compact(): Promise<void> {
    const { journal, log } = this;
    journal.append(0, ["numbers", { session: this.#lastSession, worker: this.#lastSlot }]);
    try {
      await compactJournal(journal, (session) => this.sessions.has(session));
      log.info(`the journal was compacted to ${journal.written} bytes`);
    } catch (error) {
      log.warn({ err: error }, "the journal cannot be compacted");
    }
  }

  /** Nothing that happens can be recorded: a server that is started again would not know it. */
  #journalFailed(error: RainError): void {
    this.log.error({ err: error }, "the journal cannot be written: the sessions fail");
    for (const record of [...this.sessions.values()]) {
      if (record.endedAt !== undefined) continue;
      record.error = error;
      this.dispatch({ kind: "sessionFailed", session: record.id });
    }
  }

  #send(slot: number, message: ServerToWorker): void {
    this.workers.get(slot)?.link.send(message);
  }

  #discard(removal: Promise<void>): void {
    removal.catch((error: unknown) => this.log.warn({ err: error }, "cannot remove the files of constants"));
  }

  #assign(effect: Extract<Effect, { kind: "assign" }>): void {
    const record = this.session(effect.session);
    const worker = this.workers.get(effect.worker);
    if (!worker) return;
    const sentKinds = getOrInsert(worker.sentKinds, record.id, () => new Set());
    const message = buildAssign(effect, this.graph(record), record, this.constants, sentKinds);
    try {
      worker.link.send(["assign", message]);
    } catch (error) {
      // Its configurations do not fit into a message, and no other worker could get them either.
      record.error ??= RainError.from(error);
      queueMicrotask(() => this.dispatch({ kind: "sessionFailed", session: record.id }));
    }
    this.journal.append(record.id, ["assigned", { worker: effect.worker, tasks: effect.tasks }]);
    this.progressed(record.id);
  }

  #sessionChanged(id: number, state: SessionState): void {
    const record = this.session(id);
    const { first } = record.failures;
    const goesOn = record.onFailure === "continue";
    if (state === "failed" && first && !goesOn) record.error ??= RainError.fromJSON(first);
    const isIdle = state === "open" || state === "finished" || (state === "failed" && goesOn);
    const summary = isIdle ? failureSummary(this, record) : undefined;
    if (state === "closed") {
      record.error ??= new RainError("SESSION_CLOSED", `session ${id} is closed`);
      this.sessions.delete(id);
      this.#discard(this.constants.dropSession(id));
    }
    // A finished session runs again when a kept object was lost.
    record.endedAt = state === "open" || state === "running" ? undefined : (record.endedAt ?? Date.now());
    this.journal.append(id, ["sessionChanged", { state, error: (record.error ?? summary)?.toJSON() }]);
    if (state === "closed") this.#forget(id);
    this.log.info({ session: id, name: record.name, state }, `session ${id} is ${state}`);
    if (record.error) record.waits.fail(record.error);
    else if (isIdle) record.waits.idle(summary);
    for (const listener of this.listeners) listener.changed(record, state);
  }
}
