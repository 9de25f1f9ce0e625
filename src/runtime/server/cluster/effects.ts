import { getOrInsert } from "../../collections/get-or-insert.ts";
import type { Effect } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { SessionState } from "../../model/session-states.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import { crashError, failureOf, standingOf } from "../sessions/failure-errors.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { buildAssign } from "./assignments.ts";
import type { Registry } from "./registry.ts";

type EffectOf<Kind extends Effect["kind"]> = Extract<Effect, { kind: Kind }>;

/** Actions of effects other than messages and answers. */
export interface EffectActions {
  /** Dispatches `timePassed` at this time of the core, in seconds. */
  wakeAt(time: number): void;
  /** Fails a session after the effects are applied. Its record has the error. */
  failSession(session: number): void;
}

/** Turns an effect of the core into messages to workers and answers to clients. */
export function applyEffect(registry: Registry, effect: Effect, actions: EffectActions): void {
  switch (effect.kind) {
    case "assign":
      assign(registry, effect, actions);
      break;
    case "retract":
      registry.send(effect.worker, ["retract", { session: effect.session, tasks: effect.tasks }]);
      break;
    case "drop":
      drop(registry, effect);
      break;
    case "abort":
      registry.send(effect.worker, ["abort", { session: effect.session, tasks: effect.tasks }]);
      break;
    case "endSession":
      endSession(registry, effect);
      break;
    case "tasksFinished":
    case "tasksFound":
      registry.sessions.get(effect.session)?.waits.finished(effect.tasks);
      registry.progressed(effect.session);
      break;
    case "tasksRestarted":
    case "tasksLost":
    case "taskRetried":
      registry.progressed(effect.session);
      break;
    case "taskFailed":
      taskFailed(registry, effect);
      break;
    case "tasksSkipped":
      answerFailed(registry, registry.session(effect.session), effect.tasks);
      break;
    case "wakeAt":
      actions.wakeAt(effect.time);
      break;
    case "sessionChanged":
      sessionChanged(registry, registry.session(effect.session), effect.state);
  }
}

function assign(registry: Registry, effect: EffectOf<"assign">, { failSession }: EffectActions): void {
  const record = registry.session(effect.session);
  const worker = registry.workers.get(effect.worker);
  if (!worker) return;
  const sentKinds = getOrInsert(worker.sentKinds, record.id, () => new Set());
  const message = buildAssign(effect, registry.graph(record), record, registry.constants, sentKinds);
  try {
    worker.link.send(["assign", message]);
  } catch (error) {
    // The configs of the tasks do not fit into a message. No other worker could get them either.
    record.error ??= RainError.from(error);
    failSession(record.id);
  }
  registry.progressed(record.id);
}

function drop(registry: Registry, { worker, session, objects }: EffectOf<"drop">): void {
  if (worker === SERVER_SLOT) discard(registry, registry.constants.drop(session, objects));
  else registry.send(worker, ["drop", { session, objects }]);
}

function endSession(registry: Registry, { worker, session }: EffectOf<"endSession">): void {
  if (worker === SERVER_SLOT) discard(registry, registry.constants.dropSession(session));
  else registry.send(worker, ["endSession", { session }]);
  registry.workers.get(worker)?.sentKinds.delete(session);
}

/** The error of a failed run comes with the report of its worker. Crashes have no report. */
function taskFailed(registry: Registry, { session, reason }: EffectOf<"taskFailed">): void {
  const record = registry.session(session);
  if (reason.kind === "crashes") record.failures.add(reason.task, crashError(record, reason).toJSON());
  answerFailed(registry, record, [reason.task]);
}

/** Answers the requests that wait for tasks that will not finish. */
function answerFailed(registry: Registry, record: SessionRecord, tasks: Iterable<number>): void {
  record.waits.givenUp(tasks, (task) => failureOf(registry, record, task)!);
  registry.progressed(record.id);
}

function sessionChanged(registry: Registry, record: SessionRecord, state: SessionState): void {
  const { id } = record;
  const { first } = record.failures;
  if (state === "failed" && first && record.onFailure !== "continue")
    record.error ??= RainError.fromJSON(first);
  if (state === "closed") {
    record.error ??= new RainError("SESSION_CLOSED", `session ${id} is closed`);
    registry.sessions.delete(id);
    discard(registry, registry.constants.dropSession(id));
  }
  // A finished session runs again when a kept object was lost.
  record.endedAt = state === "open" || state === "running" ? undefined : (record.endedAt ?? Date.now());
  if (record.endedAt !== undefined) record.startTimes.clear();
  registry.log.info({ session: id, name: record.name, state }, `session ${id} is ${state}`);
  const { isIdle, error } = standingOf(registry, record, state);
  if (record.error) record.waits.fail(record.error);
  else if (isIdle) record.waits.idle(error);
  for (const listener of registry.listeners) listener.changed(record, state);
}

function discard({ log }: Registry, removal: Promise<void>): void {
  removal.catch((error: unknown) => log.warn({ err: error }, "cannot remove the files of constants"));
}
