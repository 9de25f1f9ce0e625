import { RainError } from "../../errors.ts";
import type { ContentTypeLookup, PlainOutput } from "../../plugin/loading/outputs.ts";
import type { Reporter } from "../reporting/reporter.ts";
import type { StoredObject } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { AssignedTask } from "../tasks/assigned-task.ts";
import type { TaskDirs } from "../tasks/task-dirs.ts";
import { taskFailure } from "../tasks/task-failure.ts";
import { storedInputs } from "../tasks/task-input.ts";
import { storeOutputs } from "../tasks/task-outputs.ts";
import { TaskRun } from "../tasks/task-run.ts";
import { LONGEST_TIMER_MS } from "../tasks/task-runner.ts";
import type { ExecutorDriver } from "./executor.ts";
import type { ExecutorPool, PooledCall } from "./pool.ts";

export interface ExecutorRunnerOptions {
  store: ObjectStore;
  reporter: Reporter;
  pool: ExecutorPool;
  /** Slot of this worker, for messages. */
  slot: () => number;
  /** Bytes that a task may use which does not say how much it needs. */
  memory: number | undefined;
  dirs: TaskDirs;
  lookup: ContentTypeLookup;
  /** The task does not use its cpus any more; `outputs` are in the store now, none when it failed. */
  onEnd: (task: AssignedTask, outputs: readonly StoredObject[]) => void;
  /** The task was not begun; it may start again. */
  onReturned: (task: AssignedTask) => void;
}

/** Runs tasks in executors. There is no promise per task, unless its outputs are files. */
export class ExecutorRunner {
  readonly #options: ExecutorRunnerOptions;
  readonly #calls = new Set<RunningCall>();

  constructor(options: ExecutorRunnerOptions) {
    this.#options = options;
  }

  /** Starts tasks that are to run one after the other in one process. */
  start(driver: ExecutorDriver, tasks: readonly AssignedTask[]): void {
    const { store, dirs, lookup, pool, memory } = this.#options;
    const calls: RunningCall[] = [];
    for (const task of tasks) {
      const run = new TaskRun(task, performance.now(), dirs);
      const call = new RunningCall(this, run);
      try {
        run.inputs = storedInputs(store, task, lookup);
      } catch (error) {
        this.#report(run, error);
        continue;
      }
      for (const { stored } of run.inputs) store.hold(stored.content);
      this.#calls.add(call);
      calls.push(call);
    }
    if (calls.length > 0) pool.run(driver, tasks[0].kind.memory ?? memory, calls);
  }

  /** Tells the session's tasks to stop. Nothing more is heard of them but their end. */
  endSession(session: number): void {
    for (const call of this.#calls) if (call.run.assigned.session === session) this.#abort(call);
  }

  /** Tells these tasks of a session to stop. Nothing more is heard of them but their end. */
  abort(session: number, tasks: ReadonlySet<number>): void {
    for (const call of this.#calls) {
      const { assigned } = call.run;
      if (assigned.session === session && tasks.has(assigned.id)) this.#abort(call);
    }
  }

  /** Ends all tasks and executors. */
  async close(): Promise<void> {
    for (const call of this.#calls) this.#abort(call);
    await this.#options.pool.close();
  }

  /** @param startedAt on the clock of `performance.now()` */
  begun(call: RunningCall, startedAt: number): void {
    const { run } = call;
    run.startedAt = startedAt;
    this.#options.reporter.running(run);
    const { timeout } = run.assigned.kind;
    if (timeout === undefined) return;
    const left = startedAt + timeout * 1000 - performance.now();
    call.limit = setTimeout(() => this.#expire(call, timeout), Math.min(left, LONGEST_TIMER_MS));
  }

  done(call: RunningCall, given: readonly PlainOutput[]): void {
    const { run } = call;
    clearTimeout(call.limit);
    run.assigned.kind.ran((performance.now() - run.startedAt) / 1000);
    let stored: StoredObject[] | Promise<StoredObject[]>;
    try {
      run.throwIfAborted();
      stored = storeOutputs(this.#options.store, run, given);
    } catch (error) {
      this.failed(call, error);
      return;
    }
    if (!(stored instanceof Promise)) {
      this.#succeed(call, stored);
      call.onSettled();
      return;
    }
    call.onSettled(
      stored.then(
        (outputs) => this.#succeed(call, outputs),
        (error) => this.#end(call, error),
      ),
    );
  }

  failed(call: RunningCall, error: unknown): void {
    this.#end(call, error);
    call.onSettled();
  }

  returned(call: RunningCall): void {
    const { run } = call;
    if (run.aborted) this.#end(call, undefined);
    else {
      this.#release(call);
      this.#options.reporter.aborted(run);
      this.#options.onReturned(run.assigned);
    }
    call.onSettled();
  }

  #succeed(call: RunningCall, stored: StoredObject[]): void {
    if (call.run.aborted) {
      this.#end(call, undefined);
      return;
    }
    this.#release(call);
    this.#options.reporter.finished(call.run, stored, performance.now());
    this.#options.onEnd(call.run.assigned, stored);
  }

  /** One that was told to stop has failed for the reason of that, if it is to be told at all. */
  #end(call: RunningCall, error: unknown): void {
    const { run } = call;
    this.#release(call);
    const reason = run.aborted ? run.failure : error;
    if (reason === undefined) this.#options.onEnd(run.assigned, []);
    else this.#report(run, reason);
  }

  #report(run: TaskRun, error: unknown): void {
    const { reporter, slot, onEnd } = this.#options;
    reporter.failed(run, taskFailure(run.assigned, slot(), error), performance.now());
    onEnd(run.assigned, []);
  }

  #release(call: RunningCall): void {
    clearTimeout(call.limit);
    this.#calls.delete(call);
    for (const { stored } of call.run.inputs) this.#options.store.release(stored.content);
    void call.run.removeDir()?.catch(() => {});
  }

  #expire(call: RunningCall, seconds: number): void {
    // Of short calls the results may be on their way, and the one that takes so long is another.
    const current = this.#options.pool.current(call);
    if (current instanceof RunningCall && current !== call) {
      current.begun(call.run.startedAt);
      return;
    }
    if (!call.run.aborted)
      this.#tellToStop(call, new RainError("TASK_FAILED", `timed out after ${seconds} s`));
  }

  #abort(call: RunningCall): void {
    // Of one that has run out of time before, nothing is heard any more either.
    call.run.failure = undefined;
    if (!call.run.aborted) this.#tellToStop(call);
  }

  #tellToStop(call: RunningCall, failure?: RainError): void {
    this.#options.reporter.aborted(call.run);
    call.run.abort(failure);
    this.#options.pool.abort(call);
  }
}

/** A task in the hands of the pool. */
class RunningCall implements PooledCall {
  readonly run: TaskRun;
  readonly #runner: ExecutorRunner;
  #begun = false;
  limit: NodeJS.Timeout | undefined;
  onSettled: PooledCall["onSettled"] = () => {};

  constructor(runner: ExecutorRunner, run: TaskRun) {
    this.#runner = runner;
    this.run = run;
  }

  begun(at = performance.now()): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#runner.begun(this, at);
  }

  done(outputs: readonly PlainOutput[]): void {
    this.#runner.done(this, outputs);
  }

  failed(error: Error): void {
    this.#runner.failed(this, error);
  }

  returned(): void {
    this.#runner.returned(this);
  }
}
