/*
 * What the server knows about sessions besides the state of their tasks, and the requests that wait for them.
 */

import { entryAt } from "../../collections/entry-at.ts";
import { type ErrorJson, RainError } from "../../errors.ts";
import type {
  FinishedExtra,
  NewSession,
  ObjectRemarks,
  ObjectSpec,
  OnFailure,
  Submission,
  TaskKind,
} from "../../protocol/messages/index.ts";
import { Failures } from "./failures.ts";
import { textsByNumber } from "./sparse-texts.ts";
import { Waits } from "./waits.ts";

/** One chunk of a submit, without the edges, which the core has. */
interface Part {
  firstTask: number;
  firstObject: number;
  constants: ObjectSpec[];
  /** Session-wide number of the first kind. */
  firstKind: number;
  kind: Uint32Array;
  config: Uint32Array;
  configs: Submission["configs"];
  /** When each task ended, in milliseconds since the epoch. NaN until then. */
  end: Float64Array;
  /** Seconds. */
  duration: Float32Array;
}

/**
 * What the server knows about a session besides the state of its tasks: specs, names, times, and waiting
 * clients.
 */
export class SessionRecord {
  readonly id: number;
  readonly name: string;
  readonly detached: boolean;
  /** The session stays after its end until it is closed. */
  readonly retain: boolean;
  readonly onFailure: OnFailure;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly waits = new Waits();
  readonly kinds: TaskKind[] = [];
  /** Group name per kind. */
  readonly kindGroups: string[] = [];
  readonly names = new Map<number, string>();
  readonly taskKeys = new Map<number, string>();
  readonly constantKeys = new Map<number, string>();
  /** Tasks and constants by key. Refs begin with a key. */
  readonly byKey = new Map<string, { task: number } | { object: number }>();
  /** The `user` values of tasks, as they were submitted. */
  readonly users = new Map<number, unknown>();
  /** The `user` values that tasks have set while they ran. */
  readonly resultUsers = new Map<number, unknown>();
  /** The `user` values of constants and outputs, as they were submitted. */
  readonly objectUsers = new Map<number, unknown>();
  /** What tasks said about their outputs. */
  readonly objectRemarks = new Map<number, ObjectRemarks>();
  readonly debug = new Map<number, string>();
  readonly contentTypes = new Map<number, string>();
  /** When tasks that still run were started, in milliseconds since the epoch; perhaps of others, too. */
  readonly startTimes = new Map<number, number>();
  /** The session belongs to a stopped cluster, so its objects are gone. */
  isOfStoppedCluster = false;
  endedAt: number | undefined;
  /** The error that ended the session early. Later waits, fetches, unkeeps and updates report it. */
  error: RainError | undefined;
  /** Why an object was not available, the last time this happened. */
  lastMissing: ErrorJson | undefined;
  /** Tasks that have failed for good. */
  readonly failures = new Failures();
  readonly #parts: Part[] = [];

  constructor(id: number, options: NewSession, createdAt = Date.now()) {
    this.id = id;
    this.createdAt = createdAt;
    this.name = options.name;
    this.detached = options.detached;
    this.retain = options.retain;
    this.onFailure = options.onFailure;
  }

  get taskCount(): number {
    const last = this.#parts.at(-1);
    return last ? last.firstTask + last.kind.length : 0;
  }

  /** Adds a chunk of a submit. It copies what it keeps, since columns may be views of a whole message. */
  add(chunk: Submission): void {
    const { start, bytes } = chunk.configs;
    this.#parts.push({
      firstTask: chunk.firstTask,
      firstObject: chunk.firstObject,
      constants: chunk.constants.map(({ data: _, ...spec }) => spec),
      firstKind: this.kinds.length,
      kind: chunk.kind.slice(),
      config: chunk.config.slice(),
      configs: { start: start.slice(), bytes: new Uint8Array(bytes) },
      end: new Float64Array(chunk.kind.length).fill(Number.NaN),
      duration: new Float32Array(chunk.kind.length),
    });
    for (const kind of chunk.kinds) {
      this.kinds.push(kind);
      this.kindGroups.push(entryAt(chunk.groups, kind.group));
    }
    for (const [task, name] of textsByNumber(chunk.names)) this.names.set(task, name);
    for (const [i, task] of chunk.users.of.entries()) this.users.set(task, chunk.users.value[i]);
    this.#addObjectUsers(chunk);
    for (const [task, key] of textsByNumber(chunk.taskKeys)) {
      this.taskKeys.set(task, key);
      this.byKey.set(key, { task });
    }
    for (const [object, key] of textsByNumber(chunk.constantKeys)) {
      this.constantKeys.set(object, key);
      this.byKey.set(key, { object });
    }
  }

  /** The session-wide number of a task's kind. */
  kindNumber(task: number): number {
    const part = this.#partOf(task);
    return part.firstKind + part.kind[task - part.firstTask]!;
  }

  kindOf(task: number): TaskKind {
    return this.kinds[this.kindNumber(task)]!;
  }

  typeOf(task: number): string {
    return this.kindOf(task).type;
  }

  groupOf(task: number): string {
    return entryAt(this.kindGroups, this.kindNumber(task));
  }

  /** The CBOR item of a task's config, if it has one. */
  configOf(task: number): Uint8Array | undefined {
    const part = this.#partOf(task);
    const index = part.config[task - part.firstTask]!;
    if (index === 0) return undefined;
    const { start, bytes } = part.configs;
    return bytes.subarray(start[index - 1], start[index]);
  }

  /** The declaration of a constant. */
  constantSpec(object: number): ObjectSpec | undefined {
    const part = this.#parts.findLast((candidate) => candidate.firstObject <= object);
    return part?.constants[object - part.firstObject];
  }

  /** Name or key, for messages and logs. */
  titleOf(task: number): string | undefined {
    return this.names.get(task) ?? this.taskKeys.get(task);
  }

  ended(task: number, time: number, duration: number, extra?: FinishedExtra): void {
    const part = this.#partOf(task);
    if (this.startTimes.size > 0) this.startTimes.delete(task);
    part.end[task - part.firstTask] = time;
    part.duration[task - part.firstTask] = duration;
    if (!extra) return;
    if (extra.debug) this.debug.set(task, extra.debug);
    if (extra.user !== undefined) this.resultUsers.set(task, extra.user);
    for (const remarks of extra.objects ?? []) this.objectRemarks.set(remarks.object, remarks);
    for (const [object, type] of extra.contentTypes ?? []) this.contentTypes.set(object, type);
  }

  timesOf(task: number): { startTime: number; duration: number } | undefined {
    const part = this.#partOf(task);
    const end = entryAt(part.end, task - part.firstTask);
    const duration = entryAt(part.duration, task - part.firstTask);
    return Number.isNaN(end) ? undefined : { startTime: end - duration * 1000, duration };
  }

  /** Throws the error that ended the session. All requests check this, except status, cancel and close. */
  checkAlive(): void {
    if (this.error) throw this.error;
  }

  /** @throws NOT_SUBMITTED */
  checkTask(task: number): void {
    if (task >= this.taskCount) {
      throw new RainError("NOT_SUBMITTED", `session ${this.id} has no task ${task}`);
    }
  }

  #addObjectUsers({ firstObject, constants, kinds, kind }: Submission): void {
    for (const [i, { user }] of constants.entries())
      if (user !== undefined) this.objectUsers.set(firstObject + i, user);
    if (!kinds.some(({ outputs }) => outputs.some(({ user }) => user !== undefined))) return;
    let object = firstObject + constants.length;
    for (const number of kind) {
      for (const { user } of entryAt(kinds, number).outputs) {
        if (user !== undefined) this.objectUsers.set(object, user);
        object++;
      }
    }
  }

  /** Uses binary search, since a submit has one part per chunk. */
  /** Used for every task, several times: `entryAt` would be slower, since it serves columns of all types. */
  #partOf(task: number): Part {
    let low = 0;
    let high = this.#parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#parts[middle]!.firstTask <= task) low = middle;
      else high = middle - 1;
    }
    return this.#parts[low]!;
  }
}

/** The number of runs that a task may have in all. */
export function attemptsOf(record: SessionRecord, task: number): number {
  const { retries = 0 } = record.kindOf(task);
  return (typeof retries === "number" ? retries : retries.times) + 1;
}
