import { lstatSync, realpathSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import type { Logger } from "pino";
import { RainError } from "../../errors.ts";
import { readProgress } from "../../executor/calls/progress-mark.ts";
import { PROGRESS_FILE } from "../../executor/files.ts";
import { FrameReader, frameOf } from "../../executor/frames.ts";
import type {
  Call,
  CallInputData,
  CallKind,
  OutputData,
  Result,
  WorkerToExecutor,
} from "../../executor/messages.ts";
import type { PlainOutput } from "../../plugin/loading/outputs.ts";
import { encode } from "../../protocol/codec/codec.ts";
import type { PreparedKind } from "../tasks/assigned-task.ts";
import type { StoredInput } from "../tasks/task-input.ts";
import type { Executor, ExecutorCall, ExecutorExit } from "./executor.ts";
import { parseExecutorMessage } from "./javascript-messages.ts";
import type { LaunchedProcess } from "./process.ts";

/** Approximate size of a message with calls, in bytes. */
const MESSAGE_BYTES = 1 << 20;

/** The worker's side of a process that runs the task types of a plugin. */
export class JavaScriptExecutor implements Executor {
  readonly pid: number;
  readonly exited: Promise<ExecutorExit>;
  readonly #process: LaunchedProcess;
  readonly #socket: Socket;
  readonly #log: Logger;
  readonly #dir: string;
  /** The real path of the directory of the process. */
  #realDir: string | undefined;
  readonly #mark: string;
  readonly #kinds = new Map<PreparedKind, number>();
  /** Calls that were handed over and have not settled, by number and in order. */
  readonly #calls = new Map<number, ExecutorCall>();
  #lastCall = 0;
  #onReady: (error?: RainError) => void = () => {};
  /** Settles when the process has loaded its plugin. @throws the error of the process */
  readonly ready: Promise<void>;

  constructor(child: LaunchedProcess, socket: Socket, { dir, log }: { dir: string; log: Logger }) {
    this.pid = child.pid;
    this.#process = child;
    this.#socket = socket;
    this.#log = log;
    this.#dir = dir;
    this.#mark = join(dir, PROGRESS_FILE);
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = (error) => (error ? reject(error) : resolve());
    });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const reader = new FrameReader();
    socket.on("data", (chunk) => this.#receive(reader, chunk));
    // Errors of the connection show in its end.
    socket.on("error", () => {});
    this.exited = child.exited.then(async ({ code, signal }) => {
      await closed;
      return { code, signal, tail: child.tail(readProgress(this.#mark)) };
    });
    // A process without a connection must end.
    void closed.then(() => child.ended());
  }

  init(module: string, contentTypes: [name: string, module: string][]): void {
    this.#send(["init", { module, contentTypes }]);
  }

  run(calls: readonly ExecutorCall[]): void {
    const wasIdle = this.#calls.size === 0;
    let kinds: [number, CallKind][] = [];
    let batch: Call[] = [];
    let bytes = 0;
    for (const call of calls) {
      const id = ++this.#lastCall;
      this.#calls.set(id, call);
      const { assigned, inputs } = call.run;
      const { session, id: task, name, user = null, config = null, units = null } = assigned;
      const data = inputs.map(inputData);
      for (const [content] of data) bytes += content.length;
      batch.push([id, this.#kindOf(assigned.kind, kinds), session, task, name, user, config, units, data]);
      if (bytes < MESSAGE_BYTES) continue;
      this.#send(["calls", { kinds, calls: batch }]);
      kinds = [];
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) this.#send(["calls", { kinds, calls: batch }]);
    if (wasIdle) this.#beginNext();
  }

  abort(call: ExecutorCall): void {
    for (const [id, handed] of this.#calls) if (handed === call) this.#send(["abort", { calls: [id] }]);
  }

  /** JavaScript executors cache no objects. */
  dropped(): void {}

  current(): ExecutorCall | undefined {
    // This is exact once the process has ended.
    const { call } = readProgress(this.#mark);
    return this.#calls.get(call);
  }

  async close(): Promise<void> {
    this.#send(["end", {}]);
    await this.#process.ended();
  }

  kill(): void {
    this.#process.kill();
  }

  #receive(reader: FrameReader, chunk: Uint8Array): void {
    try {
      for (const item of reader.push(chunk)) this.#handle(item);
    } catch (error) {
      this.#log.error({ err: error, pid: this.pid }, "an executor sent an invalid message and is killed");
      this.kill();
    }
  }

  #handle(item: Uint8Array): void {
    const [kind, body] = parseExecutorMessage(item);
    switch (kind) {
      case "ready":
        this.#onReady();
        break;
      case "refused":
        this.#onReady(RainError.fromJSON(body));
        break;
      case "results":
        for (const result of body.results) this.#settle(result);
        this.#beginNext();
        break;
      case "returned":
        for (const id of body.calls) this.#take(id)?.returned();
    }
  }

  #settle([id, milliseconds, outcome, extra]: Result): void {
    if (extra?.dir !== undefined) this.#checkDir(extra.dir);
    const call = this.#take(id);
    if (!call) return;
    const { run } = call;
    run.startedAt = performance.now() - milliseconds;
    if (extra) {
      if (extra.debug !== undefined) run.debug(extra.debug);
      if (extra.user !== undefined) run.info.user = extra.user;
      if (extra.stdout || extra.stderr) run.printed({ stdout: extra.stdout, stderr: extra.stderr });
      if (extra.dir !== undefined) run.takeDir(extra.dir);
    }
    if (!Array.isArray(outcome)) {
      call.failed(new RainError("TASK_FAILED", outcome.message, { details: outcome.details }));
      return;
    }
    const outputs = outcome.map((output) => plainOutput(output, run.inputs));
    if (outputs.every(isKnown)) call.done(outputs);
    else call.failed(new RainError("TASK_FAILED", "an output is none of the inputs of the task"));
  }

  /**
   * Checks the directory of a task, which the worker removes later: the process must have created it in its
   * own.
   * @throws INVALID_MESSAGE
   */
  #checkDir(path: string): void {
    this.#realDir ??= realpathSync(this.#dir);
    const isOwn = resolve(path) === path && dirname(path) === this.#realDir;
    if (isOwn && lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    throw new RainError("INVALID_MESSAGE", `${path} is not a directory that the process created in its own`);
  }

  #take(id: number): ExecutorCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** Marks the first remaining call as running, since calls run in order. */
  #beginNext(): void {
    for (const call of this.#calls.values()) {
      call.begun();
      return;
    }
  }

  #kindOf(kind: PreparedKind, announced: [number, CallKind][]): number {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const number = this.#kinds.size;
    this.#kinds.set(kind, number);
    const { typeName, inputLabels, outputs } = kind;
    announced.push([number, { type: typeName, inputLabels, outputs }]);
    return number;
  }

  #send(message: WorkerToExecutor): void {
    if (!this.#socket.destroyed) this.#socket.write(frameOf(encode(message)));
  }
}

function inputData({ memory, contentType, dataType, size, file, stored }: StoredInput): CallInputData {
  if (memory) return file ? [memory, contentType, file] : [memory, contentType];
  const path = stored.content.path ?? "";
  const isDirectory = dataType === "dir";
  return file ? [path, contentType, isDirectory, size, file] : [path, contentType, isDirectory, size];
}

/** `undefined` for an input that the task does not have. */
function plainOutput(output: OutputData, inputs: readonly StoredInput[]): PlainOutput | undefined {
  if (output instanceof Uint8Array) return new Uint8Array(output);
  const [content, contentType = ""] = output;
  if (typeof content === "number") return inputs[content];
  return typeof content === "string"
    ? { path: content, contentType }
    : { bytes: new Uint8Array(content), contentType };
}

function isKnown(output: PlainOutput | undefined): output is PlainOutput {
  return output !== undefined;
}
