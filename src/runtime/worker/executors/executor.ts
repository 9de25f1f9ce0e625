import type { Logger } from "pino";
import type { PlainOutput } from "../../plugin/loading/outputs.ts";
import type { TaskRun } from "../tasks/task-run.ts";

/** Starts processes of one sort: JavaScript for one plugin package, or a command that speaks cbor-1. */
export interface ExecutorDriver {
  /** Name for messages, logs and `rain status`, such as `plugin arrow@1.0.0` or `python`. */
  readonly name: string;
  /** Short tasks that may be handed over at the same time. */
  readonly maxAhead: number;
  /** Starts a process and waits until it is ready. @throws RainError EXECUTOR_FAILED with the tail of its output */
  start(options: StartExecutorOptions): Promise<Executor>;
}

export interface StartExecutorOptions {
  /** Unique on this worker. */
  id: number;
  /**
   * An existing, empty directory for the process alone, on the file system of the objects. Its owner removes
   * it.
   */
  dir: string;
  /** A free path for a Unix socket, short enough for `sun_path`. */
  socket: string;
  /** Bytes of memory that the process may use for data; absent: no limit. */
  memory: number | undefined;
  log: Logger;
  /** Cancels the start. */
  signal: AbortSignal;
}

/** A process that runs the code of tasks, one at a time. */
export interface Executor {
  readonly pid: number;
  /** Runs calls one after the other, in order. Each settles by its callbacks. */
  run(calls: readonly ExecutorCall[]): void;
  /**
   * Tells the code of a call to stop (`ctx.signal`). The pool kills the process when the code does not stop
   * in time.
   */
  abort(call: ExecutorCall): void;
  /** Objects are gone from the worker: these, or all of the session. */
  dropped(session: number, objects?: Uint32Array): void;
  /**
   * The call that the process has begun and not ended, as far as is known. It can be asked after the end of
   * the process, too.
   */
  current(): ExecutorCall | undefined;
  /**
   * Settles when the process is gone, in whatever way, and everything that it sent is handled. Never rejects.
   */
  readonly exited: Promise<ExecutorExit>;
  /** Asks the process to end, and kills its process group after a time limit. */
  close(): Promise<void>;
  kill(): void;
}

export interface ExecutorExit {
  code: number | null;
  signal: string | null;
  /** The last 4096 bytes of stderr, or of stdout when stderr is empty. */
  tail: string;
}

/** A task in the hands of an executor. It settles once, by one of its callbacks. */
export interface ExecutorCall {
  /** The run of the task. */
  readonly run: TaskRun;
  /** The code runs now, as far as is known. Optional for short calls; may be called again. */
  begun(): void;
  done(outputs: readonly PlainOutput[]): void;
  failed(error: unknown): void;
  /** The process has not begun the call and will not: the task goes back to the queue. */
  returned(): void;
}
