import { type Effect, type Event, failedRuns, retryTime } from "../../core/index.ts";
import type { ErrorJson } from "../../errors.ts";
import type {
  FinishedExtra,
  NewSession,
  ObjectCopy,
  Submission,
  WorkerHello,
} from "../../protocol/messages/index.ts";
import { attemptsOf, type SessionRecord } from "../sessions/session-record.ts";
import { outputRange } from "../sessions/task-objects.ts";
import type { Registry } from "./registry.ts";
import { epochTime } from "./wake-timer.ts";

export type EventOf<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** What the server knows about an event and does not tell the core. */
export interface Facts {
  sessionOpened: { options: NewSession; client: string; createdAt: number };
  submitted: { chunks: readonly Submission[] };
  workerJoined: { hello: WorkerHello; address: string };
  workerChanged: { types: string[] };
  workerLost: { error: ErrorJson | undefined };
  tasksStarted: { times: Float64Array };
  tasksFinished: FinishedFacts;
  taskFailed: FailedFacts;
  /** Absent when a client rather than a worker could not get the object. */
  objectsMissing: { error: ErrorJson } | undefined;
  /** Runs before the effects. */
  sessionRestored: { restoreCopies: () => void };
}

/** The facts of one event. */
export type KnownFacts = { [Kind in keyof Facts]?: Facts[Kind] | undefined };

export type FactsOf<Kind extends Event["kind"]> = Kind extends keyof Facts ? Facts[Kind] : undefined;

/** Content of a report of finished tasks. `sizes` is per output, all other columns are per task. */
export interface FinishedFacts {
  tasks: Uint32Array;
  /** Milliseconds since the epoch at which each task ended. */
  times: Float64Array;
  /** Seconds. */
  durations: Float32Array;
  /** Bytes. */
  sizes: Float64Array;
  extras: FinishedExtra[];
  copies: ObjectCopy[];
}

/** Content of a report of a failed run. */
export interface FailedFacts {
  /** When the run ended, in milliseconds since the epoch. */
  time: number;
  /** Seconds. */
  duration: number;
  error: ErrorJson;
  extra: FinishedExtra;
  /** Attempt number, from 1, and the maximum number of attempts. */
  attempt: number;
  attempts: number;
  /** When the task runs again. Absent if it has failed for good. */
  retryAt?: number | undefined;
}

/**
 * Returns the part of a report that the core accepted, since a report may be late. `undefined` if the core
 * accepted nothing.
 */
export function acceptedFinished(
  registry: Registry,
  record: SessionRecord,
  facts: FinishedFacts,
  effects: readonly Effect[],
): FinishedFacts | undefined {
  const effect = effects.find(({ kind }) => kind === "tasksFinished");
  if (effect?.kind !== "tasksFinished") return undefined;
  const isWhole = effect.tasks.length === facts.tasks.length;
  return isWhole ? facts : selectTasks(registry, record, facts, new Set(effect.tasks));
}

/**
 * Returns the facts of a failed run, with the time of the next one. `undefined` if the core did not accept
 * the report.
 */
export function acceptedFailure(
  registry: Registry,
  { session, task }: EventOf<"taskFailed">,
  facts: FailedFacts,
  effects: readonly Effect[],
): FailedFacts | undefined {
  const isRetried = effects.some(({ kind }) => kind === "taskRetried");
  if (!isRetried && !effects.some(({ kind }) => kind === "taskFailed")) return undefined;
  if (!isRetried) return facts;
  const next = retryTime(registry.core, session, task);
  return { ...facts, retryAt: next === undefined ? Date.now() : epochTime(next) };
}

/** The attempt number of the run that fails now, and the maximum number of attempts. */
export function attemptOf(registry: Registry, record: SessionRecord, task: number) {
  return {
    attempt: failedRuns(registry.core, record.id, task) + 1,
    attempts: attemptsOf(record, task),
  };
}

function selectTasks(
  registry: Registry,
  record: SessionRecord,
  all: FinishedFacts,
  chosen: ReadonlySet<number>,
): FinishedFacts {
  const graph = registry.graph(record);
  const isChosen: boolean[] = [];
  const sizes: number[] = [];
  const objects = new Set<number>();
  let next = 0;
  for (const task of all.tasks) {
    const { first, end } = outputRange(record, graph, task);
    isChosen.push(chosen.has(task));
    if (chosen.has(task)) {
      sizes.push(...all.sizes.subarray(next, next + end - first));
      for (let object = first; object < end; object++) objects.add(object);
    }
    next += end - first;
  }
  return {
    tasks: all.tasks.filter((_, row) => isChosen[row]),
    times: all.times.filter((_, row) => isChosen[row]),
    durations: all.durations.filter((_, row) => isChosen[row]),
    sizes: Float64Array.from(sizes),
    extras: all.extras.filter(({ task }) => chosen.has(task)),
    copies: all.copies.filter(({ object }) => objects.has(object)),
  };
}
