import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { RainError } from "../../errors.ts";
import type { TaskOutputs, TaskType } from "../../plugin/contract/index.ts";
import { type ContentTypeLookup, plainOutputs } from "../../plugin/loading/outputs.ts";
import type { Reporter } from "../reporting/reporter.ts";
import type { StoredObject } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { AssignedTask } from "./assigned-task.ts";
import { configOf } from "./task-config.ts";
import type { TaskDirs } from "./task-dirs.ts";
import { taskFailure } from "./task-failure.ts";
import { storedInputs } from "./task-input.ts";
import { storeOutputs } from "./task-outputs.ts";
import { TaskRun } from "./task-run.ts";

/** How long a task that was told to stop keeps its cpus before they are given to others. */
const GRACE_MS = 5000;

/** Of Node and Deno: more would be nothing at all. It is 24 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface TaskRunnerOptions {
  store: ObjectStore;
  reporter: Reporter;
  /** Slot of this worker, for messages. */
  slot: () => number;
  dirs: TaskDirs;
  log: Logger;
  /** For inputs that are loaded and outputs that are given as values. */
  lookup: ContentTypeLookup;
  /** The task does not use its cpus any more; `outputs` are in the store now, none when it failed. */
  onEnd: (task: AssignedTask, outputs: readonly StoredObject[]) => void;
}

/** Runs tasks. One whose code returns plainly is over when `start` returns; the others are followed to their end. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #running = new Map<TaskRun, Promise<void>>();
  /** Runs that were told to stop, and when others get their cpus. */
  readonly #graces = new Map<TaskRun, NodeJS.Timeout>();
  readonly #removals = new Set<Promise<unknown>>();

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
  }

  start(task: AssignedTask): void {
    const run = new TaskRun(task, performance.now(), this.#options.dirs);
    try {
      const stored = this.#attempt(run);
      if (stored instanceof Promise) {
        this.#running.set(run, this.#follow(run, stored));
        return;
      }
      this.#succeed(run, stored);
    } catch (error) {
      this.#fail(run, error);
    }
    this.#removeDir(run);
  }

  /** Tells the session's tasks to stop. Nothing more is heard of them but their end. */
  endSession(session: number): void {
    for (const run of this.#running.keys()) if (run.assigned.session === session) this.#abort(run);
  }

  /** Tells these tasks of a session to stop. Nothing more is heard of them but their end. */
  abort(session: number, tasks: ReadonlySet<number>): void {
    for (const run of this.#running.keys()) {
      if (run.assigned.session === session && tasks.has(run.assigned.id)) this.#abort(run);
    }
  }

  /** Tells all tasks to stop, and waits for them a while. */
  async close(): Promise<void> {
    for (const run of this.#running.keys()) this.#abort(run);
    const giveUp = new AbortController();
    const patience = sleep(GRACE_MS, undefined, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([Promise.all(this.#running.values()), patience]);
    giveUp.abort();
    for (const timer of this.#graces.values()) clearTimeout(timer);
    await Promise.allSettled(this.#removals);
  }

  #attempt(run: TaskRun): StoredObject[] | Promise<StoredObject[]> {
    const { type, typeName } = run.assigned.kind;
    if (!type) throw new RainError("UNKNOWN_TASK_TYPE", `this worker has no task type "${typeName}"`);
    run.inputs = storedInputs(this.#options.store, run.assigned, this.#options.lookup);
    run.config = configOf(run, type);
    const outputs = type.run(run);
    if (outputs instanceof Promise) return outputs.then((given) => this.#store(run, type, given));
    return this.#store(run, type, outputs);
  }

  #store(run: TaskRun, type: TaskType, given: TaskOutputs): StoredObject[] | Promise<StoredObject[]> {
    const { store, lookup } = this.#options;
    run.throwIfAborted();
    const outputs = plainOutputs(given, type.outputs, run.outputs, lookup);
    if (outputs instanceof Promise) return outputs.then((plain) => storeOutputs(store, run, plain));
    return storeOutputs(store, run, outputs);
  }

  async #follow(run: TaskRun, outcome: Promise<StoredObject[]>): Promise<void> {
    const { store, reporter } = this.#options;
    for (const { stored } of run.inputs) store.hold(stored.content);
    reporter.running(run);
    const { timeout } = run.assigned.kind;
    const limit =
      timeout === undefined
        ? undefined
        : setTimeout(() => this.#expire(run, timeout), Math.min(timeout * 1000, LONGEST_TIMER_MS));
    try {
      const stored = await outcome;
      if (!run.aborted) this.#succeed(run, stored);
    } catch (error) {
      if (!run.aborted) this.#fail(run, error);
    }
    clearTimeout(limit);
    if (run.aborted) this.#stopped(run);
    for (const { stored } of run.inputs) store.release(stored.content);
    this.#running.delete(run);
    clearTimeout(this.#graces.get(run));
    this.#graces.delete(run);
    this.#removeDir(run);
  }

  #succeed(run: TaskRun, stored: StoredObject[]): void {
    this.#options.reporter.finished(run, stored, performance.now());
    this.#options.onEnd(run.assigned, stored);
  }

  #fail(run: TaskRun, error: unknown): void {
    const { reporter, slot } = this.#options;
    reporter.failed(run, taskFailure(run.assigned, slot(), error), performance.now());
    this.#end(run);
  }

  #end(run: TaskRun): void {
    this.#options.onEnd(run.assigned, []);
  }

  #abort(run: TaskRun): void {
    // Of one that has run out of time before, nothing is heard any more either.
    run.failure = undefined;
    if (!run.aborted) this.#tellToStop(run);
  }

  #expire(run: TaskRun, seconds: number): void {
    if (!run.aborted) this.#tellToStop(run, new RainError("TASK_FAILED", `timed out after ${seconds} s`));
  }

  #tellToStop(run: TaskRun, failure?: RainError): void {
    this.#options.reporter.aborted(run);
    this.#graces.set(
      run,
      setTimeout(() => this.#stopped(run), GRACE_MS),
    );
    run.abort(failure);
  }

  /** A run that was told to stop has ended, or takes too long to. */
  #stopped(run: TaskRun): void {
    const { failure } = run;
    run.failure = undefined;
    if (failure) this.#fail(run, failure);
    else this.#end(run);
  }

  #removeDir(run: TaskRun): void {
    const removal = run.removeDir();
    if (!removal) return;
    const done = removal
      .catch((error) => this.#options.log.warn({ err: error }, "the directory of a task was not removed"))
      .finally(() => this.#removals.delete(done));
    this.#removals.add(done);
  }
}
