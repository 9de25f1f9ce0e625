import type { ErrorJson } from "../../errors.ts";
import type { FinishedExtra, NewSession, SessionState, Submission } from "../../protocol/messages/index.ts";
import { readJournal } from "./reader.ts";
import type { JournalBody, JournalRecord } from "./records.ts";

const MOST_PAST_SESSIONS = 1000;

type Body<Kind extends JournalBody[0]> = Extract<JournalBody, [Kind, unknown]>[1];

/** The end of a run, by task. */
export interface PastRun {
  worker: number;
  /** Milliseconds since the epoch. */
  time: number;
  /** Seconds. */
  duration: number;
  extra?: FinishedExtra;
}

/** What a journal says of a session that is not closed. */
export class PastSession {
  readonly id: number;
  readonly options: NewSession;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Of the last record. */
  lastTime: number;
  endedAt: number | undefined;
  readonly chunks: Submission[] = [];
  sealed = false;
  /** Its cluster was stopped since: the workers are gone with all that they had. */
  isPast = false;
  state: SessionState = "open";
  error: ErrorJson | undefined;
  readonly unkept: number[] = [];
  /** Tasks that have finished and did not have to run again. */
  readonly finished = new Map<number, PastRun>();
  /** The bytes of small kept outputs of these, by object. */
  readonly copies = new Map<number, Uint8Array>();
  /** Bytes, by object. */
  readonly sizes = new Map<number, number>();
  /** The last failure of a task, how many there were, and when it runs again: absent for one that failed for good. */
  readonly failures = new Map<number, { times: number; retryAt?: number; error: ErrorJson; run: PastRun }>();
  /** A submit of which the last chunk has not come. */
  #coming: Submission[] = [];
  readonly #parts: { chunk: Submission; firstOutput: Uint32Array }[] = [];

  constructor(id: number, options: NewSession, createdAt: number) {
    this.id = id;
    this.options = options;
    this.createdAt = createdAt;
    this.lastTime = createdAt;
  }

  take(time: number, [kind, body]: JournalBody): void {
    this.lastTime = time;
    switch (kind) {
      case "submitted":
        this.#submitted(body);
        break;
      case "sealed":
        this.sealed = true;
        break;
      case "unkept":
        for (const object of body.objects) {
          this.unkept.push(object);
          this.copies.delete(object);
        }
        break;
      case "finished":
        this.#finished(body);
        break;
      case "found":
        for (const task of body.tasks) this.finished.set(task, { worker: body.worker, time, duration: 0 });
        this.#addSizes(body.tasks, body.sizes);
        break;
      case "failed":
        this.#failed(body);
        break;
      case "restarted":
        for (const task of body.tasks) this.#restarted(task);
        break;
      case "sessionChanged":
        this.state = body.state;
        this.error = body.error;
        this.endedAt = body.state === "open" || body.state === "running" ? undefined : (this.endedAt ?? time);
    }
  }

  #submitted({ chunk, more }: Body<"submitted">): void {
    this.#coming.push(chunk);
    if (more) return;
    for (const part of this.#coming) {
      this.chunks.push(part);
      this.#parts.push({ chunk: part, firstOutput: firstOutputs(part) });
    }
    this.#coming = [];
  }

  #finished({ worker, tasks, times, durations, sizes, extras, copies }: Body<"finished">): void {
    const remarks = new Map(extras.map((extra) => [extra.task, extra]));
    for (const [i, task] of tasks.entries()) {
      this.finished.set(task, { worker, time: times[i], duration: durations[i], extra: remarks.get(task) });
    }
    this.#addSizes(tasks, sizes);
    for (const { object, data } of copies) this.copies.set(object, new Uint8Array(data));
  }

  #restarted(task: number): void {
    this.finished.delete(task);
    for (const object of this.#outputsOf(task)) this.copies.delete(object);
  }

  #failed({ worker, task, time, duration, error, extra, attempt, retryAt }: Body<"failed">): void {
    const run = { worker, time, duration, extra };
    this.failures.set(task, { times: attempt, retryAt, error, run });
  }

  #addSizes(tasks: Uint32Array, sizes: Float64Array): void {
    let next = 0;
    for (const task of tasks)
      for (const object of this.#outputsOf(task)) this.sizes.set(object, sizes[next++]);
  }

  *#outputsOf(task: number): Generator<number> {
    const part = this.#parts.findLast(({ chunk }) => chunk.firstTask <= task);
    if (!part) return;
    const { chunk, firstOutput } = part;
    const first = firstOutput[task - chunk.firstTask];
    const { length } = chunk.kinds[chunk.kind[task - chunk.firstTask]].outputs;
    for (let n = 0; n < length; n++) yield first + n;
  }
}

/** What a journal says that a server needs to go on with it. */
export interface Past {
  /** `undefined` when not even that was recorded. */
  cluster: string | undefined;
  sessions: Map<number, PastSession>;
  lastSession: number;
  lastSlot: number;
  /** The workers that were there in the end, by slot. */
  workers: Map<number, { hostname: string; pid: number }>;
  /** The server was stopped, and did not die: the workers are gone with all that they had. */
  wasStopped: boolean;
  /** Bytes of whole records; what follows in the file was torn. */
  length: number;
  /** Bytes of each session that is there. */
  bytesOf: Map<number, number>;
}

/** Reads a journal from its beginning to its end, or to where a crash has torn it. @throws IO */
export async function replayJournal(path: string, length: number): Promise<Past> {
  const past: Past = {
    cluster: undefined,
    sessions: new Map(),
    lastSession: 0,
    lastSlot: 0,
    workers: new Map(),
    wasStopped: false,
    length,
    bytesOf: new Map(),
  };
  for await (const record of readJournal(path)) {
    take(past, record);
    const { session, end } = record;
    if (past.sessions.has(session))
      past.bytesOf.set(session, (past.bytesOf.get(session) ?? 0) + end - past.length);
    else past.bytesOf.delete(session);
    past.length = end;
  }
  return past;
}

function take(past: Past, { session, time, body: [kind, body] }: JournalRecord): void {
  past.lastSession = Math.max(past.lastSession, session);
  switch (kind) {
    case "serverStarted":
      past.cluster ??= body.cluster;
      past.workers.clear();
      past.wasStopped = false;
      return;
    case "serverStopped":
      endPast(past);
      return;
    case "numbers":
      past.lastSession = Math.max(past.lastSession, body.session);
      past.lastSlot = Math.max(past.lastSlot, body.worker);
      return;
    case "workerJoined":
      past.workers.set(body.worker, body);
      past.lastSlot = Math.max(past.lastSlot, body.worker);
      return;
    case "workerLost":
      past.workers.delete(body.worker);
      return;
    case "sessionOpened":
      past.sessions.set(session, new PastSession(session, body, time));
      return;
  }
  if (kind === "sessionChanged" && body.state === "closed") past.sessions.delete(session);
  else past.sessions.get(session)?.take(time, [kind, body] as JournalBody);
}

/** The cluster was stopped. Of its sessions, only the newest are told again. */
export function endPast(past: Past): void {
  const { sessions, bytesOf } = past;
  past.wasStopped = true;
  for (const session of sessions.values()) session.isPast = true;
  for (const id of [...sessions.keys()].slice(0, -MOST_PAST_SESSIONS)) {
    sessions.delete(id);
    bytesOf.delete(id);
  }
}

/** Per task of the chunk: the number of its first output. */
function firstOutputs({ firstObject, constants, kinds, kind }: Submission): Uint32Array {
  let next = firstObject + constants.length;
  return kind.map((number) => {
    const first = next;
    next += kinds[number].outputs.length;
    return first;
  });
}
