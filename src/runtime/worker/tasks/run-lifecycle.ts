import type { Logger } from "pino";
import { RainError } from "../../errors.ts";
import { LongTimer } from "../../platform/long-timer.ts";
import type { Reporter } from "../reporting/reporter.ts";
import type { StoredObject } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { AssignedTask } from "./assigned-task.ts";
import { type ChangedInput, changedInputs, changeError, hasFiles } from "./changed-inputs.ts";
import { taskFailure } from "./task-failure.ts";
import type { TaskRun } from "./task-run.ts";

export interface RunOptions {
  store: ObjectStore;
  reporter: Reporter;
  /** Slot of this worker, for messages. */
  slot: () => number;
  log: Logger;
  /** Called when a task no longer uses its CPUs. `outputs` are in the store; empty if the task failed. */
  onEnd: (task: AssignedTask, outputs: readonly StoredObject[]) => void;
  /** Called for a task, after `onEnd`, whose input was changed by another one: it must run again, with a sound copy. */
  onSpoiled: (task: AssignedTask, input: number) => void;
}

/** A run that does not end immediately. */
export interface ActiveRun {
  readonly run: TaskRun;
  /** The timer of its timeout. */
  limit: LongTimer | undefined;
}

/** Runs the code of tasks. */
export interface RunBackend<Active> {
  /** Tells the code of a run, whose signal has aborted, to stop. */
  stop(active: Active): void;
  /** Whether the run has code that could change its inputs. */
  isForeign(active: Active): boolean;
  /** Called at the timeout of a run. Returns whether the run itself took that long. Default: yes. */
  isLate?(active: Active): boolean;
}

/**
 * The states of runs, for all backends: started, running, succeeded, failed, timed out or aborted. A run ends
 * once. Runs that the server
 * has aborted are not reported.
 */
export class RunLifecycle<Active extends ActiveRun> {
  readonly #options: RunOptions;
  readonly #backend: RunBackend<Active>;
  readonly #active = new Set<Active>();
  /** Checks of inputs and removals of directories that are under way. */
  readonly #pending = new Set<Promise<unknown>>();

  constructor(options: RunOptions, backend: RunBackend<Active>) {
    this.#options = options;
    this.#backend = backend;
  }

  get active(): Iterable<Active> {
    return this.#active;
  }

  /** Adds a run that does not end immediately. Its inputs are pinned until it ends. */
  begin(active: Active): void {
    for (const { stored } of active.run.inputs) this.#options.store.pin(stored.content);
    this.#active.add(active);
  }

  /** Notes that the code of a run has started. */
  running(active: Active): void {
    const { run } = active;
    this.#options.reporter.running(run);
    const { timeout } = run.assigned.kind;
    if (timeout === undefined) return;
    const left = run.startedAt + timeout * 1000 - performance.now();
    active.limit = new LongTimer(() => this.#expire(active, timeout), left);
  }

  succeed(active: Active, stored: readonly StoredObject[]): void {
    if (hasFiles(active.run)) {
      this.#conclude(active, stored, () => this.finished(active.run, stored));
      return;
    }
    this.#release(active);
    if (active.run.aborted) this.#endAborted(active.run);
    else this.finished(active.run, stored);
  }

  fail(active: Active, error: unknown): void {
    if (hasFiles(active.run)) {
      this.#conclude(active, [], () => this.failed(active.run, error));
      return;
    }
    this.#release(active);
    if (active.run.aborted) this.#endAborted(active.run);
    else this.failed(active.run, error);
  }

  /** Frees the CPUs of a run that does not stop in time. */
  abandon({ run }: Active): void {
    this.#endAborted(run);
  }

  /** Ends a run whose code has not started. Returns whether the task may start again. */
  putBack(active: Active): boolean {
    const { run } = active;
    this.#release(active);
    if (run.aborted) {
      this.#endAborted(run);
      return false;
    }
    this.#options.reporter.aborted(run);
    return true;
  }

  /** Reports the success of a run that has ended. */
  finished(run: TaskRun, stored: readonly StoredObject[]): void {
    this.#options.reporter.finished(run, stored, performance.now());
    this.#options.onEnd(run.assigned, stored);
  }

  /** Reports the failure of a run that has ended. */
  failed(run: TaskRun, error: unknown): void {
    const { reporter, slot, onEnd } = this.#options;
    reporter.failed(run, taskFailure(run.assigned, slot(), error, run.remarks()?.debug), performance.now());
    onEnd(run.assigned, []);
  }

  /** Tells runs to stop: all of a session, or only those of some tasks. They are not reported. */
  abort(session: number, tasks?: ReadonlySet<number>): void {
    for (const active of this.#active) {
      const { assigned } = active.run;
      if (assigned.session === session && (tasks?.has(assigned.id) ?? true)) this.#abort(active);
    }
  }

  /** Tells all runs to stop. */
  abortAll(): void {
    for (const active of this.#active) this.#abort(active);
  }

  /** Waits until the inputs of ended runs are checked and their directories removed. */
  async settle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  /** Removes the directory of a run, if it has one. */
  removeDir(run: TaskRun): void {
    const removal = run.removeDir();
    if (!removal) return;
    this.#track(
      removal.catch((error) =>
        this.#options.log.warn({ err: error }, "the directory of a task was not removed"),
      ),
    );
  }

  /** Ends a run whose code has ended, once it is known whether its inputs are as they were. */
  #conclude(active: Active, outputs: readonly StoredObject[], tell: () => void): void {
    active.limit?.clear();
    const changed = changedInputs(this.#options.store, active.run);
    if (changed instanceof Promise)
      this.#track(changed.then((found) => this.#end(active, outputs, tell, found)));
    else this.#end(active, outputs, tell, changed);
  }

  #end(
    active: Active,
    outputs: readonly StoredObject[],
    tell: () => void,
    changed: readonly ChangedInput[],
  ): void {
    const { run } = active;
    for (const { input } of changed) this.#options.store.giveUp(input.stored.content);
    this.#release(active);
    const [first] = changed;
    if (run.aborted) this.#endAborted(run);
    else if (!first) tell();
    else this.#endSpoiled(active, outputs, changed, first.input.object);
  }

  /** Nobody may read the outputs of a run that has read changed bytes. */
  #endSpoiled(
    active: Active,
    outputs: readonly StoredObject[],
    changed: readonly ChangedInput[],
    object: number,
  ): void {
    const { run } = active;
    const { session, firstOutput } = run.assigned;
    for (const index of outputs.keys()) this.#options.store.drop(session, firstOutput + index);
    const error = this.#backend.isForeign(active) ? changeError(run, changed) : undefined;
    if (error) {
      this.failed(run, error);
      return;
    }
    this.#options.reporter.aborted(run);
    this.#options.onEnd(run.assigned, []);
    this.#options.onSpoiled(run.assigned, object);
  }

  #track(operation: Promise<unknown>): void {
    const done = operation.finally(() => this.#pending.delete(done));
    this.#pending.add(done);
  }

  #abort(active: Active): void {
    // The timeout of a run that is aborted later is not reported either.
    active.run.failure = undefined;
    if (!active.run.aborted) this.#tellToStop(active, undefined);
  }

  #expire(active: Active, seconds: number): void {
    if (this.#backend.isLate && !this.#backend.isLate(active)) return;
    if (active.run.aborted) return;
    this.#tellToStop(active, new RainError("TASK_FAILED", `timed out after ${seconds} s`));
  }

  #tellToStop(active: Active, failure: RainError | undefined): void {
    const { run } = active;
    this.#options.reporter.aborted(run);
    run.failure = failure;
    run.abort();
    this.#backend.stop(active);
  }

  /** Ends a run that was told to stop. It fails if there is a failure to report, such as a timeout. */
  #endAborted(run: TaskRun): void {
    if (run.isOver) return;
    run.isOver = true;
    if (run.failure) this.failed(run, run.failure);
    else this.#options.onEnd(run.assigned, []);
  }

  #release(active: Active): void {
    active.limit?.clear();
    this.#active.delete(active);
    for (const { stored } of active.run.inputs) this.#options.store.unpin(stored.content);
    this.removeDir(active.run);
  }
}
