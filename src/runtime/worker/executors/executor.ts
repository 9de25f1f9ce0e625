import type { Logger } from "pino";
import type { PlainOutput } from "../../plugin/loading/outputs.ts";
import type { TaskRun } from "../tasks/task-run.ts";

/** How processes of one sort are started: JavaScript for one plugin package, or a command that speaks cbor-1. */
export interface ExecutorDriver {
  /** Such as `plugin arrow@1.0.0` or `python`, for messages, logs and `rain status`. */
  readonly name: string;
  /** How many tiny tasks may be handed over at once; 1: one at a time. */
  readonly mostAhead: number;
  /** Starts a process and waits until it is ready. @throws RainError EXECUTOR_FAILED with the tail of its output */
  start(options: StartExecutorOptions): Promise<Executor>;
}

export interface StartExecutorOptions {
  /** Unique on this worker. */
  id: number;
  /** An existing, empty directory of its own, on the file system of the objects. Its owner removes it. */
  dir: string;
  /** Path that is free for a Unix socket, short enough for `sun_path`. */
  socket: string;
  /** Bytes of memory that the process may use for data; absent: no limit. */
  memory: number | undefined;
  log: Logger;
  /** Gives up the start. */
  signal: AbortSignal;
}

/** A process that runs the code of tasks, one at a time. */
export interface Executor {
  readonly pid: number;
  /** Runs these one after the other, in order. Each settles on its own through its callbacks. */
  run(calls: readonly ExecutorCall[]): void;
  /** Tells the code of this call to stop (`ctx.signal`). The pool kills the process when it does not within a while. */
  abort(call: ExecutorCall): void;
  /** These objects are gone from the worker, or all of the session. */
  dropped(session: number, objects?: Uint32Array): void;
  /** The call that the process has begun and not ended, as far as is known; asked after its end, too. */
  current(): ExecutorCall | undefined;
  /** Settles once the process is gone, in whatever way, and everything it has sent is handled. Never rejects. */
  readonly exited: Promise<ExecutorExit>;
  /** Orderly end within a time limit, then kill of its process group. */
  close(): Promise<void>;
  kill(): void;
}

export interface ExecutorExit {
  code: number | null;
  signal: string | null;
  /** The end of what it printed to stderr, or else to stdout. */
  tail: string;
}

/** One task handed to an executor. Settles once, by one of its callbacks. */
export interface ExecutorCall {
  /** What the task's code may see. */
  readonly run: TaskRun;
  /** Its code runs now, as far as is known. May be left out for short calls, and said again. */
  begun(): void;
  done(outputs: readonly PlainOutput[]): void;
  failed(error: Error): void;
  /** The process has not begun it and will not: it goes back to the queue. */
  returned(): void;
}
