import { entryAt } from "../../collections/entry-at.ts";
import type { ErrorJson } from "../../errors.ts";
import type { FinishedExtra, NewSession, SessionState, Submission } from "../../protocol/messages/index.ts";
import { readJournal } from "./reader.ts";
import type { JournalBody, JournalRecord } from "./records.ts";

const MAX_STOPPED_SESSIONS = 1000;

type Body<Kind extends JournalBody[0]> = Extract<JournalBody, [Kind, unknown]>[1];

/** The end of a run. */
export interface RecordedRun {
  worker: number;
  /** Milliseconds since the epoch. */
  time: number;
  /** Seconds. */
  duration: number;
  extra?: FinishedExtra | undefined;
}

/** The state of a session that is not closed, according to the journal. */
export class RecordedSession {
  readonly id: number;
  readonly options: NewSession;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Time of the last record. */
  lastTime: number;
  endedAt: number | undefined;
  readonly chunks: Submission[] = [];
  sealed = false;
  /** The cluster of the session was stopped, so its workers and their objects are gone. */
  isOfStoppedCluster = false;
  state: SessionState = "open";
  error: ErrorJson | undefined;
  readonly unkept: number[] = [];
  /** Tasks that have finished and did not have to run again, with their runs. */
  readonly finished = new Map<number, RecordedRun>();
  /** The bytes of small kept outputs of finished tasks, by object. */
  readonly copies = new Map<number, Uint8Array>();
  /** Bytes, by object. */
  readonly sizes = new Map<number, number>();
  /**
   * The last failure of each task, the number of failures, and when it runs again. `retryAt` is absent for a
   * task that failed for good.
   */
  readonly failures = new Map<
    number,
    { times: number; retryAt?: number | undefined; error: ErrorJson; run: RecordedRun }
  >();
  /** Chunks of a submit whose last chunk has not been read. */
  #pendingChunks: Submission[] = [];
  readonly #parts: { chunk: Submission; firstOutput: Uint32Array }[] = [];

  constructor(id: number, options: NewSession, createdAt: number) {
    this.id = id;
    this.options = options;
    this.createdAt = createdAt;
    this.lastTime = createdAt;
  }

  take(time: number, [kind, body]: JournalBody): void {
    this.lastTime = time;
    if (kind !== "submitted") this.dropIncompleteSubmit();
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

  /** Whether the last chunk of a submit has not been read. */
  get hasIncompleteSubmit(): boolean {
    return this.#pendingChunks.length > 0;
  }

  /** Forgets the chunks of a submit that was never accepted. */
  dropIncompleteSubmit(): void {
    if (this.hasIncompleteSubmit) this.#pendingChunks = [];
  }

  #submitted({ chunk, more }: Body<"submitted">): void {
    this.#pendingChunks.push(chunk);
    if (more) return;
    for (const part of this.#pendingChunks) {
      this.chunks.push(part);
      this.#parts.push({ chunk: part, firstOutput: firstOutputs(part) });
    }
    this.#pendingChunks = [];
  }

  #finished({ worker, tasks, times, durations, sizes, extras, copies }: Body<"finished">): void {
    const remarks = new Map(extras.map((extra) => [extra.task, extra]));
    for (const [i, task] of tasks.entries()) {
      this.finished.set(task, { worker, time: times[i]!, duration: durations[i]!, extra: remarks.get(task) });
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
      for (const object of this.#outputsOf(task)) this.sizes.set(object, entryAt(sizes, next++));
  }

  *#outputsOf(task: number): Generator<number> {
    const part = this.#parts.findLast(({ chunk }) => chunk.firstTask <= task);
    if (!part) return;
    const { chunk, firstOutput } = part;
    const row = task - chunk.firstTask;
    const first = entryAt(firstOutput, row);
    const { length } = entryAt(chunk.kinds, entryAt(chunk.kind, row)).outputs;
    for (let n = 0; n < length; n++) yield first + n;
  }
}

/** What a server needs from a journal to continue it. */
export interface FormerServer {
  /** `undefined` if it was not recorded. */
  cluster: string | undefined;
  sessions: Map<number, RecordedSession>;
  lastSession: number;
  lastSlot: number;
  /** The workers present at the end, by slot. */
  workers: Map<number, { hostname: string; pid: number }>;
  /** The server was stopped rather than killed, so the workers and their objects are gone. */
  wasStopped: boolean;
  /** Bytes of complete records and submits. The rest of the file is incomplete. */
  length: number;
  /** Bytes of each session that is not closed. */
  bytesOf: Map<number, number>;
}

/** Reads a journal up to its end or its first incomplete record or submit. @throws IO */
export async function replayJournal(path: string, length: number): Promise<FormerServer> {
  const former: FormerServer = {
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
    take(former, record);
    const { session, end } = record;
    if (former.sessions.get(session)?.hasIncompleteSubmit) continue;
    if (former.sessions.has(session))
      former.bytesOf.set(session, (former.bytesOf.get(session) ?? 0) + end - former.length);
    else former.bytesOf.delete(session);
    former.length = end;
  }
  return former;
}

function take(former: FormerServer, { session, time, body: entry }: JournalRecord): void {
  const [kind, body] = entry;
  former.lastSession = Math.max(former.lastSession, session);
  switch (kind) {
    case "serverStarted":
      former.cluster ??= body.cluster;
      for (const session of former.sessions.values()) session.dropIncompleteSubmit();
      former.workers.clear();
      former.wasStopped = false;
      return;
    case "serverStopped":
      markStopped(former);
      return;
    case "numbers":
      former.lastSession = Math.max(former.lastSession, body.session);
      former.lastSlot = Math.max(former.lastSlot, body.worker);
      return;
    case "workerJoined":
      former.workers.set(body.worker, body);
      former.lastSlot = Math.max(former.lastSlot, body.worker);
      return;
    case "workerLost":
      former.workers.delete(body.worker);
      return;
    case "sessionOpened":
      former.sessions.set(session, new RecordedSession(session, body, time));
      return;
  }
  if (kind === "sessionChanged" && body.state === "closed") former.sessions.delete(session);
  else former.sessions.get(session)?.take(time, entry);
}

/** Marks the cluster as stopped. Keeps only its newest sessions. */
export function markStopped(former: FormerServer): void {
  const { sessions, bytesOf } = former;
  former.wasStopped = true;
  for (const session of sessions.values()) session.isOfStoppedCluster = true;
  for (const id of [...sessions.keys()].slice(0, -MAX_STOPPED_SESSIONS)) {
    sessions.delete(id);
    bytesOf.delete(id);
  }
}

/** Returns the number of the first output of each task in the chunk. */
function firstOutputs({ firstObject, constants, kinds, kind }: Submission): Uint32Array {
  let next = firstObject + constants.length;
  return kind.map((number) => {
    const first = next;
    next += entryAt(kinds, number).outputs.length;
    return first;
  });
}
