import { setTimeout as sleep } from "node:timers/promises";
import { RainError } from "../../errors.ts";
import type { TaskOutputs, TaskType } from "../../plugin/contract/index.ts";
import { type ContentTypeLookup, plainOutputs } from "../../plugin/loading/outputs.ts";
import type { StoredObject } from "../store/content.ts";
import type { AssignedTask } from "./assigned-task.ts";
import { type ActiveRun, RunLifecycle, type RunOptions } from "./run-lifecycle.ts";
import { configOf } from "./task-config.ts";
import type { TaskDirs } from "./task-dirs.ts";
import { storedInputs } from "./task-input.ts";
import { storeOutputs } from "./task-outputs.ts";
import { TaskRun } from "./task-run.ts";

/** Milliseconds that a task that was told to stop keeps its CPUs, at least. */
const GRACE_MS = 5000;
/** Milliseconds from the kill of a program to the end of its task, at most. */
const END_MS = 3000;
/** The only built-in task type that runs code of users in the directory of the task. */
const RUN = "builtin/run";

export interface TaskRunnerOptions extends RunOptions {
  dirs: TaskDirs;
  /** Milliseconds between the request to stop and the kill of a program. */
  graceMs?: number | undefined;
  /** Loads inputs, and dumps outputs that are given as values. */
  lookup: ContentTypeLookup;
}

interface ActiveTask extends ActiveRun {
  /** The timer that frees the CPUs of a run that was told to stop. */
  grace: NodeJS.Timeout | undefined;
  /** Settles with the end of the code. */
  ended: Promise<void>;
}

/** Runs tasks in this process. A task whose code returns no promise has ended when `start` returns. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #runs: RunLifecycle<ActiveTask>;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#runs = new RunLifecycle(options, {
      isForeign: ({ run }) => run.assigned.kind.typeName === RUN,
      stop: (active) => {
        active.grace = setTimeout(() => this.#runs.abandon(active), this.#grace);
      },
    });
  }

  start(task: AssignedTask): void {
    const run = new TaskRun(task, performance.now(), this.#options.dirs, this.#options.graceMs);
    try {
      const stored = this.#attempt(run);
      if (stored instanceof Promise) {
        this.#follow(run, stored);
        return;
      }
      this.#runs.finished(run, stored);
    } catch (error) {
      this.#runs.failed(run, error);
    }
    this.#runs.removeDir(run);
  }

  /** Tells runs to stop: all of a session, or only those of some tasks. */
  abort(session: number, tasks?: ReadonlySet<number>): void {
    this.#runs.abort(session, tasks);
  }

  /** Tells all tasks to stop, and waits for them for a limited time. */
  async close(): Promise<void> {
    const active = [...this.#runs.active];
    this.#runs.abortAll();
    const giveUp = new AbortController();
    const patience = sleep(this.#grace, undefined, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([Promise.all(active.map(({ ended }) => ended)), patience]);
    giveUp.abort();
    for (const { grace } of active) clearTimeout(grace);
    await this.#runs.settle();
  }

  get #grace(): number {
    return Math.max(GRACE_MS, (this.#options.graceMs ?? 0) + END_MS);
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

  #follow(run: TaskRun, outcome: Promise<StoredObject[]>): void {
    const active: ActiveTask = { run, limit: undefined, grace: undefined, ended: Promise.resolve() };
    this.#runs.begin(active);
    this.#runs.running(active);
    active.ended = outcome
      .then(
        (stored) => this.#runs.succeed(active, stored),
        (error) => this.#runs.fail(active, error),
      )
      .finally(() => clearTimeout(active.grace));
  }
}
