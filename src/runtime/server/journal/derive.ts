import type { Effect, Event } from "../../core/index.ts";
import { attemptOf, type EventOf, type Facts, type KnownFacts } from "../cluster/facts.ts";
import type { Registry } from "../cluster/registry.ts";
import { crashError, standingOf } from "../sessions/failure-errors.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { outputRange } from "../sessions/task-objects.ts";
import type { JournalBody } from "./records.ts";

/*
 * Derives journal records from events of the core and their effects. `replay.ts` reads them back.
 */

export interface DerivedRecord {
  /** 0 if it belongs to no session. */
  session: number;
  body: JournalBody;
  /** Milliseconds since the epoch. Default: now. */
  time?: number;
}

/**
 * Returns the records of an event. They precede those of its effects.
 * @param facts the facts that the core accepted
 */
export function recordsOfEvent(event: Event, facts: KnownFacts): DerivedRecord[] {
  switch (event.kind) {
    case "sessionOpened":
      return opened(event, facts.sessionOpened);
    case "submitted":
      return submitted(event, facts.submitted);
    case "sealed":
      return [{ session: event.session, body: ["sealed", {}] }];
    case "unkept":
      return [{ session: event.session, body: ["unkept", { objects: event.objects }] }];
    case "workerJoined":
      return joined(event, facts.workerJoined);
    case "workerChanged": {
      const { types = [] } = facts.workerChanged ?? {};
      return [{ session: 0, body: ["workerChanged", { worker: event.worker, types }] }];
    }
    case "workerLost":
      return [workerLost(event.worker, facts.workerLost)];
    case "tasksReturned": {
      const { session, worker, tasks } = event;
      return [{ session, body: ["returned", { worker, tasks }] }];
    }
    case "tasksStarted": {
      const { session, worker, tasks } = event;
      const { tasksStarted } = facts;
      return tasksStarted ? [{ session, body: ["started", { worker, tasks, ...tasksStarted }] }] : [];
    }
    case "tasksFinished": {
      const { session, worker } = event;
      const { tasksFinished } = facts;
      return tasksFinished ? [{ session, body: ["finished", { worker, ...tasksFinished }] }] : [];
    }
    case "taskFailed":
      return failed(event, facts.taskFailed);
    case "objectsMissing":
      return missing(event, facts.objectsMissing);
    default:
      return [];
  }
}

/**
 * Returns the record of an applied effect, if it has one.
 * @param record the session of the effect, which may already be closed
 */
export function recordOfEffect(
  registry: Registry,
  effect: Effect,
  record: SessionRecord | undefined,
): DerivedRecord | undefined {
  if (!record) return undefined;
  switch (effect.kind) {
    case "sessionChanged": {
      const { session, state } = effect;
      const { error } = standingOf(registry, record, state);
      return { session, body: ["sessionChanged", { state, error: error?.toJSON() }] };
    }
    case "assign": {
      const { session, worker, tasks } = effect;
      return { session, body: ["assigned", { worker, tasks }] };
    }
    case "tasksFound": {
      const { session, worker, tasks } = effect;
      return { session, body: ["found", { worker, tasks, sizes: sizesOf(registry, record, tasks) }] };
    }
    case "tasksRestarted":
      return { session: effect.session, body: ["restarted", { tasks: effect.tasks }] };
    case "tasksLost":
      return { session: effect.session, body: ["lost", { worker: effect.worker, tasks: effect.tasks }] };
    case "tasksSkipped":
      return { session: effect.session, body: ["skipped", { cause: effect.cause, tasks: effect.tasks }] };
    case "taskFailed":
      return crashed(registry, record, effect);
    default:
      return undefined;
  }
}

/** Returns the record of a lost worker. */
export function workerLost(worker: number, facts: Facts["workerLost"] | undefined): DerivedRecord {
  return { session: 0, body: ["workerLost", { worker, error: facts?.error }] };
}

function opened(
  { session }: EventOf<"sessionOpened">,
  facts: Facts["sessionOpened"] | undefined,
): DerivedRecord[] {
  if (!facts) return [];
  const { options, client, createdAt } = facts;
  return [{ session, body: ["sessionOpened", { ...options, client }], time: createdAt }];
}

/** Returns one record per chunk. They are consecutive, and only the last one has `more: false`. */
function submitted(
  { session }: EventOf<"submitted">,
  facts: Facts["submitted"] | undefined,
): DerivedRecord[] {
  const { chunks = [] } = facts ?? {};
  return chunks.map((chunk, i) => ({
    session,
    body: ["submitted", { chunk, more: i + 1 < chunks.length }],
  }));
}

function joined(
  { worker }: EventOf<"workerJoined">,
  facts: Facts["workerJoined"] | undefined,
): DerivedRecord[] {
  if (!facts) return [];
  const { hello, address } = facts;
  const { hostname, pid, cpus, memory, resources, labels } = hello;
  const types = hello.taskTypes.map(({ name }) => name);
  const body = { worker, hostname, pid, cpus, address, types, memory, resources, labels };
  return [{ session: 0, body: ["workerJoined", body] }];
}

function failed(
  { session, worker, task }: EventOf<"taskFailed">,
  facts: Facts["taskFailed"] | undefined,
): DerivedRecord[] {
  if (!facts) return [];
  const { time, duration, error, extra, attempt, attempts, retryAt } = facts;
  const body = { worker, task, time, duration, error, extra, attempt, attempts, retryAt };
  return [{ session, body: ["failed", body] }];
}

function missing(
  { session, objects, sources, by }: EventOf<"objectsMissing">,
  facts: Facts["objectsMissing"],
): DerivedRecord[] {
  const [object] = objects;
  const [source] = sources;
  if (!facts || !by || object === undefined || source === undefined) return [];
  const body = { worker: by.worker, object, source, tasks: by.tasks, ...facts };
  return [{ session, body: ["missing", body] }];
}

/** Returns the record of a task that failed because of crashes. No worker reports these. */
function crashed(
  registry: Registry,
  record: SessionRecord,
  { session, worker, reason }: Extract<Effect, { kind: "taskFailed" }>,
): DerivedRecord | undefined {
  if (reason.kind !== "crashes") return undefined;
  const { task } = reason;
  const error = crashError(record, reason).toJSON();
  const attempt = attemptOf(registry, record, task);
  const run = { worker, task, time: Date.now(), duration: 0, error, extra: { task } };
  return { session, body: ["failed", { ...run, ...attempt }] };
}

/** Bytes of the outputs of the tasks, in task order. */
function sizesOf(registry: Registry, record: SessionRecord, tasks: Uint32Array): Float64Array {
  const graph = registry.graph(record);
  const sizes: number[] = [];
  for (const task of tasks) {
    const { first, end } = outputRange(record, graph, task);
    sizes.push(...graph.size.subarray(first, end));
  }
  return Float64Array.from(sizes);
}
