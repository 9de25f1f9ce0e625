import { RainError } from "../../errors.ts";
import type { LongTimer } from "../../platform/long-timer.ts";
import type { ContentTypeLookup, PlainOutput } from "../../plugin/loading/outputs.ts";
import type { StoredObject } from "../store/content.ts";
import type { AssignedTask } from "../tasks/assigned-task.ts";
import { type ActiveRun, RunLifecycle, type RunOptions } from "../tasks/run-lifecycle.ts";
import type { TaskDirs } from "../tasks/task-dirs.ts";
import { storedInputs } from "../tasks/task-input.ts";
import { storeOutputs } from "../tasks/task-outputs.ts";
import { TaskRun } from "../tasks/task-run.ts";
import type { ExecutorDriver } from "./executor.ts";
import type { ExecutorPool, PooledCall } from "./pool.ts";

export interface ExecutorRunnerOptions extends RunOptions {
  pool: ExecutorPool;
  /** Bytes for a task that does not say how much memory it needs. */
  memory: number | undefined;
  dirs: TaskDirs;
  lookup: ContentTypeLookup;
  /** Called for a task whose code has not started; it may start again. */
  onReturned: (task: AssignedTask) => void;
}

/** Runs tasks in executors. There is no promise per task, unless its outputs are files. */
export class ExecutorRunner {
  readonly #options: ExecutorRunnerOptions;
  readonly #runs: RunLifecycle<RunningCall>;
  /** Calls whose inputs are being made ready. */
  readonly #preparing = new Set<RunningCall>();

  constructor(options: ExecutorRunnerOptions) {
    this.#options = options;
    const { pool } = options;
    this.#runs = new RunLifecycle(options, {
      isForeign: () => true,
      stop: (call) => {
        if (this.#preparing.delete(call)) this.returned(call);
        else pool.abort(call);
      },
      isLate(call) {
        // The results of short calls may be on their way while another call takes long.
        const current = pool.current(call);
        if (!(current instanceof RunningCall) || current === call) return true;
        current.begun(call.run.startedAt);
        return false;
      },
    });
  }

  /** Starts tasks that run one after another in one process. */
  start(driver: ExecutorDriver, tasks: readonly AssignedTask[]): void {
    const { store, dirs, lookup } = this.#options;
    const calls: RunningCall[] = [];
    for (const task of tasks) {
      const run = new TaskRun(task, performance.now(), dirs);
      try {
        run.inputs = storedInputs(store, task, lookup);
      } catch (error) {
        this.#runs.failed(run, error);
        continue;
      }
      const call = new RunningCall(this, run);
      this.#runs.begin(call);
      calls.push(call);
    }
    const preparations = this.#prepare(calls);
    if (preparations) void this.#runWhen(preparations, driver, calls);
    else this.#run(driver, calls);
  }

  /** Tells runs to stop: all of a session, or only those of some tasks. */
  abort(session: number, tasks?: ReadonlySet<number>): void {
    this.#runs.abort(session, tasks);
  }

  /** Ends all tasks and executors. */
  async close(): Promise<void> {
    this.#runs.abortAll();
    await this.#options.pool.close();
    await this.#runs.settle();
  }

  /** @param startedAt on the clock of `performance.now()` */
  begun(call: RunningCall, startedAt: number): void {
    call.run.startedAt = startedAt;
    this.#runs.running(call);
  }

  done(call: RunningCall, given: readonly PlainOutput[]): void {
    const { run } = call;
    call.limit?.clear();
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
      this.#runs.succeed(call, stored);
      call.onSettled();
      return;
    }
    call.onSettled(
      stored.then(
        (outputs) => this.#runs.succeed(call, outputs),
        (error) => this.#runs.fail(call, error),
      ),
    );
  }

  failed(call: RunningCall, error: unknown): void {
    this.#runs.fail(call, error);
    call.onSettled();
  }

  returned(call: RunningCall): void {
    if (this.#runs.putBack(call)) this.#options.onReturned(call.run.assigned);
    call.onSettled();
  }

  /** Makes the inputs ready for executors. Returns nothing if they are. */
  #prepare(calls: readonly RunningCall[]): Promise<void>[] | undefined {
    const preparations: Promise<void>[] = [];
    for (const { run } of calls) {
      for (const { stored } of run.inputs) {
        const preparation = this.#options.store.expose(stored.content);
        if (preparation) preparations.push(preparation);
      }
    }
    return preparations.length > 0 ? preparations : undefined;
  }

  #run(driver: ExecutorDriver, calls: RunningCall[]): void {
    const { pool, memory } = this.#options;
    const [first] = calls;
    if (first) pool.run(driver, first.run.assigned.kind.memory ?? memory, calls);
  }

  /** Runs the calls that have not been aborted when everything is prepared. Never rejects. */
  async #runWhen(
    preparations: readonly Promise<void>[],
    driver: ExecutorDriver,
    calls: readonly RunningCall[],
  ): Promise<void> {
    for (const call of calls) this.#preparing.add(call);
    const outcome = await Promise.all(preparations).catch((error: unknown) => RainError.from(error));
    const left = calls.filter((call) => this.#preparing.delete(call));
    if (outcome instanceof RainError) for (const call of left) this.failed(call, outcome);
    else this.#run(driver, left);
  }
}

/** A task in the hands of the pool. */
class RunningCall implements PooledCall, ActiveRun {
  readonly run: TaskRun;
  readonly #runner: ExecutorRunner;
  #begun = false;
  limit: LongTimer | undefined;
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

  failed(error: unknown): void {
    this.#runner.failed(this, error);
  }

  returned(): void {
    this.#runner.returned(this);
  }
}
