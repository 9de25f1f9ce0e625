import { NumberList } from "../../collections/columns.ts";
import { getOrInsert } from "../../collections/get-or-insert.ts";
import type { ErrorJson } from "../../errors.ts";
import { MAX_COPY_BYTES } from "../../protocol/limits.ts";
import type { FinishedExtra, ObjectCopy, WorkerToServer } from "../../protocol/messages/index.ts";
import type { StoredObject } from "../store/content.ts";
import type { AssignedTask } from "../tasks/assigned-task.ts";
import type { Remarks, TaskRun } from "../tasks/task-run.ts";

/** Only tasks that run for more than these milliseconds are reported as started. */
const STARTED_AFTER_MS = 50;

/**
 * Tasks of one session that have finished since the last report. Times are on the clock of
 * `performance.now()`.
 */
interface Batch {
  tasks: number[];
  endedAt: number[];
  durations: number[];
  sizes: number[];
  extras: FinishedExtra[];
  copies: ObjectCopy[];
}

/** Reports tasks to the server: one message per session and tick, however many tasks ended in it. */
export class Reporter {
  readonly #send: (message: WorkerToServer) => void;
  readonly #finished = new Map<number, Batch>();
  /** Finished tasks without outputs, by session: nothing in the store tells of them. */
  readonly #withoutOutputs = new Map<number, NumberList>();
  /** Runs that may have to be reported as started, in the order of their start. */
  readonly #young = new Set<TaskRun>();
  #flush: NodeJS.Immediate | undefined;
  #startedTimer: NodeJS.Timeout | undefined;

  constructor(send: (message: WorkerToServer) => void) {
    this.#send = send;
  }

  /** Notes a run that does not end in its first turn. */
  running(run: TaskRun): void {
    this.#young.add(run);
    this.#startedTimer ??= setTimeout(() => this.#reportStarted(), STARTED_AFTER_MS);
  }

  finished(run: TaskRun, outputs: readonly StoredObject[], endedAt: number): void {
    this.#young.delete(run);
    const { session, id, wanted, firstOutput } = run.assigned;
    const batch = this.#batchOf(session);
    batch.tasks.push(id);
    batch.endedAt.push(endedAt);
    batch.durations.push((endedAt - run.startedAt) / 1000);
    for (const { content } of outputs) batch.sizes.push(content.size);
    if (outputs.length === 0) getOrInsert(this.#withoutOutputs, session, () => new NumberList()).push(id);
    if (wanted) addCopies(batch.copies, wanted, firstOutput, outputs);
    const remarks = run.remarks();
    const contentTypes = refinedTypes(run, outputs);
    if (remarks || contentTypes) batch.extras.push({ task: id, ...remarks, ...contentTypes });
    this.#flush ??= setImmediate(() => this.flush());
  }

  failed(run: TaskRun, error: ErrorJson, endedAt: number): void {
    this.#young.delete(run);
    const { session, id } = run.assigned;
    const duration = (endedAt - run.startedAt) / 1000;
    this.#fail(session, id, error, duration, secondsSince(endedAt), run.remarks());
  }

  /** Reports a task that could not be started. */
  failedBeforeStart({ session, id }: AssignedTask, error: ErrorJson): void {
    this.#fail(session, id, error, 0, 0);
  }

  /** Forgets a run that was aborted, which is not reported. */
  aborted(run: TaskRun): void {
    this.#young.delete(run);
  }

  flush(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    for (const [session, { tasks, endedAt, durations, sizes, extras, copies }] of this.#finished) {
      this.#send([
        "finished",
        {
          session,
          tasks: Uint32Array.from(tasks),
          secondsAgo: Float32Array.from(endedAt, secondsSince),
          durations: Float32Array.from(durations),
          sizes: Float64Array.from(sizes),
          extras,
          copies,
        },
      ]);
    }
    this.#finished.clear();
  }

  /** The tasks without outputs that have finished here, for a server that may not have heard of them. */
  finishedWithoutOutputs(session: number): Uint32Array {
    const tasks = this.#withoutOutputs.get(session);
    return tasks ? tasks.items.slice(0, tasks.length) : new Uint32Array();
  }

  endSession(session: number): void {
    this.#finished.delete(session);
    this.#withoutOutputs.delete(session);
  }

  close(): void {
    clearTimeout(this.#startedTimer);
    this.#young.clear();
    this.flush();
  }

  #fail(
    session: number,
    task: number,
    error: ErrorJson,
    duration: number,
    secondsAgo: number,
    remarks?: Remarks,
  ): void {
    this.flush();
    this.#send(["failed", { session, task, secondsAgo, duration, error, extra: { task, ...remarks } }]);
  }

  #batchOf(session: number): Batch {
    let batch = this.#finished.get(session);
    if (!batch) {
      batch = { tasks: [], endedAt: [], durations: [], sizes: [], extras: [], copies: [] };
      this.#finished.set(session, batch);
    }
    return batch;
  }

  #reportStarted(): void {
    this.#startedTimer = undefined;
    const now = performance.now();
    const started = new Map<number, TaskRun[]>();
    for (const run of this.#young) {
      const age = now - run.startedAt;
      if (age < STARTED_AFTER_MS) {
        this.#startedTimer = setTimeout(() => this.#reportStarted(), STARTED_AFTER_MS - age);
        break;
      }
      this.#young.delete(run);
      const { session } = run.assigned;
      const runs = started.get(session);
      if (runs) runs.push(run);
      else started.set(session, [run]);
    }
    // The server must first know which tasks made the inputs.
    if (started.size > 0) this.flush();
    for (const [session, runs] of started) {
      const tasks = Uint32Array.from(runs, (run) => run.assigned.id);
      const secondsAgo = Float32Array.from(runs, (run) => secondsSince(run.startedAt));
      this.#send(["started", { session, tasks, secondsAgo }]);
    }
  }
}

function addCopies(
  copies: ObjectCopy[],
  wanted: ReadonlySet<number>,
  firstOutput: number,
  outputs: readonly StoredObject[],
): void {
  for (const [i, { content }] of outputs.entries()) {
    const { bytes, size, file } = content;
    const object = firstOutput + i;
    // A copy is only bytes.
    if (bytes && !file && size <= MAX_COPY_BYTES && wanted.has(object)) copies.push({ object, data: bytes });
  }
}

/** The outputs with a more specific content type than the declared one. */
function refinedTypes(
  run: TaskRun,
  outputs: readonly StoredObject[],
): Pick<FinishedExtra, "contentTypes"> | undefined {
  let contentTypes: [object: number, contentType: string][] | undefined;
  for (const [i, { contentType }] of outputs.entries()) {
    if (contentType === run.outputs[i]?.contentType) continue;
    contentTypes ??= [];
    contentTypes.push([run.assigned.firstOutput + i, contentType]);
  }
  return contentTypes && { contentTypes };
}

function secondsSince(time: number): number {
  return (performance.now() - time) / 1000;
}
