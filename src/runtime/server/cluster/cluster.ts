/* The shell around the core: its events and effects, its workers and its sessions. */

import { type Effect, type Event, step } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { NewSession } from "../../protocol/messages/index.ts";
import { Compaction } from "../journal/compaction.ts";
import { type DerivedRecord, recordOfEffect, recordsOfEvent, workerLost } from "../journal/derive.ts";
import { Orphans } from "../sessions/orphans.ts";
import { SessionRecord } from "../sessions/session-record.ts";
import { applyEffect, type EffectActions } from "./effects.ts";
import { acceptedFailure, acceptedFinished, type EventOf, type FactsOf, type KnownFacts } from "./facts.ts";
import { learnFailure, learnFinished, learnStarted } from "./learn.ts";
import { Registry, type RegistryOptions } from "./registry.ts";
import { WakeTimer } from "./wake-timer.ts";

/**
 * The shell around the core. All changes go through `dispatch`, which steps the core, records what happened,
 * and turns the effects into messages and answers.
 */
export class Cluster extends Registry {
  readonly compaction: Compaction;
  readonly orphans = new Orphans((record) =>
    this.abandon(record, "its client did not come back to the new server"),
  );
  /** Whether each event is logged. */
  readonly #logsEvents: boolean;
  readonly #timer = new WakeTimer(() => this.dispatch({ kind: "timePassed" }));
  readonly #actions: EffectActions = {
    wakeAt: (time) => this.#timer.set(time * 1000),
    failSession: (session) => queueMicrotask(() => this.dispatch({ kind: "sessionFailed", session })),
  };

  constructor(options: RegistryOptions) {
    super(options);
    this.#logsEvents = this.log.isLevelEnabled("debug");
    const isOpen = (session: number) => this.sessions.has(session);
    this.compaction = new Compaction(this.journal, isOpen, () => this.lastNumbers, this.log);
    this.journal.onFailure = (error) => this.#journalFailed(error);
    this.journal.onGap = (dropped) => this.#recordGap(dropped);
  }

  /** @throws IO while the journal cannot be written */
  checkJournal(): void {
    if (this.journal.error) this.journal.write();
    if (this.journal.error) throw this.journal.error;
  }

  /** @throws IO */
  openSession(options: NewSession, client: string): SessionRecord {
    this.checkJournal();
    const record = new SessionRecord(this.newSession(), options);
    const { id: session, createdAt } = record;
    this.sessions.set(session, record);
    const { onFailure } = options;
    this.dispatch({ kind: "sessionOpened", session, onFailure }, { options, client, createdAt });
    return record;
  }

  /** Cancels a session for this reason. Does nothing if the session has already ended. */
  cancel(record: SessionRecord, reason: string): void {
    if (record.endedAt !== undefined) return;
    record.error = new RainError("CANCELLED", `session ${record.id} was cancelled: ${reason}`);
    this.dispatch({ kind: "sessionCancelled", session: record.id });
  }

  close(record: SessionRecord): void {
    this.dispatch({ kind: "sessionClosed", session: record.id });
  }

  /** Ends an attached session without a client: a retained one is cancelled, any other is closed. */
  abandon(record: SessionRecord, reason: string): void {
    if (record.detached || this.sessions.get(record.id) !== record) return;
    if (record.retain) this.cancel(record, reason);
    else this.close(record);
  }

  /** Handles the loss of a worker. While the cluster stops, its objects are not made again. */
  workerLost(worker: number, error: RainError | undefined): void {
    const facts = { error: error?.toJSON() };
    if (this.isStopping) this.#record(workerLost(worker, facts));
    else this.dispatch({ kind: "workerLost", worker }, facts);
  }

  /** Stops the timers, and waits for a compaction in progress. */
  async end(): Promise<void> {
    this.#timer.close();
    this.orphans.end();
    await this.compaction.end();
  }

  /** Steps the core, then applies the effects and returns them. */
  dispatch<Kind extends Event["kind"]>(
    event: EventOf<Kind> & { kind: Kind },
    ...[facts]: FactsOf<Kind> extends undefined ? [] : [facts: FactsOf<Kind>]
  ): Effect[] {
    const effects = step(this.core, event, performance.now() / 1000);
    if (this.#logsEvents) {
      const { kind, ...facts } = summaryOf(event);
      this.log.debug({ ...facts, effects: effects.map((effect) => effect.kind) }, `event ${kind}`);
    }
    const known = this.#accepted(event, { [event.kind]: facts }, effects);
    this.#learn(event, known);
    for (const record of recordsOfEvent(event, known)) this.#record(record);
    if (event.kind === "sessionOpened" || event.kind === "submitted") this.journal.write();
    known.sessionRestored?.restoreCopies();
    for (const effect of effects) this.#apply(effect);
    return effects;
  }

  /** Returns the facts that the core accepted. It ignores late reports. */
  #accepted(event: Event, facts: KnownFacts, effects: readonly Effect[]): KnownFacts {
    if (event.kind === "tasksFinished" && facts.tasksFinished) {
      const record = this.session(event.session);
      return { tasksFinished: acceptedFinished(this, record, facts.tasksFinished, effects) };
    }
    if (event.kind === "taskFailed" && facts.taskFailed) {
      return { taskFailed: acceptedFailure(this, event, facts.taskFailed, effects) };
    }
    return facts;
  }

  #learn(event: Event, { tasksStarted, tasksFinished, taskFailed }: KnownFacts): void {
    if (event.kind === "tasksStarted" && tasksStarted) {
      learnStarted(this.session(event.session), event.tasks, tasksStarted.times);
    }
    if (event.kind === "tasksFinished" && tasksFinished) {
      learnFinished(this, this.session(event.session), tasksFinished);
    }
    if (event.kind === "taskFailed" && taskFailed) {
      learnFailure(this.session(event.session), event.task, taskFailed);
    }
  }

  #apply(effect: Effect): void {
    const record = "session" in effect ? this.sessions.get(effect.session) : undefined;
    applyEffect(this, effect, this.#actions);
    const entry = recordOfEffect(this, effect, record);
    if (entry) this.#record(entry);
    if (effect.kind === "sessionChanged" && effect.state === "closed") this.compaction.forget(effect.session);
  }

  #record({ session, body, time }: DerivedRecord): void {
    this.journal.append(session, body, time);
  }

  /** The dropped records may have been the only ones with the highest numbers. */
  #recordGap(dropped: number): void {
    this.log.warn(`the journal lacks ${dropped} records, for which there was no room`);
    this.journal.append(0, ["numbers", this.lastNumbers]);
  }

  /** Fails all sessions: a restarted server would not know what happened after the last record. */
  #journalFailed(error: RainError): void {
    this.log.error({ err: error }, "the journal cannot be written: the sessions fail");
    for (const record of [...this.sessions.values()]) {
      if (record.endedAt !== undefined) continue;
      record.error = error;
      this.dispatch({ kind: "sessionFailed", session: record.id });
    }
  }
}

/** The event without its columns, for the log. */
function summaryOf(event: Event): { kind: string; session?: number; worker?: number; tasks?: number } {
  return {
    kind: event.kind,
    ...("session" in event && { session: event.session }),
    ...("worker" in event && { worker: event.worker }),
    ...("tasks" in event && { tasks: event.tasks.length }),
  };
}
