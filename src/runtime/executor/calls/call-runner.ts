import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { ContentTypeLookup } from "../../plugin/loading/outputs.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import type { Registry } from "../../plugin/registry.ts";
import { decode } from "../../protocol/codec/codec.ts";
import type { Call, CallInputData, CallKind, Extra, InputInMemory, OutputData, Result } from "../messages.ts";
import { CallContext } from "./call-context.ts";
import type { InputFacts } from "./call-input.ts";
import { failureOf } from "./failure.ts";
import { outputData } from "./output-data.ts";
import type { PrintedFile } from "./printed.ts";
import type { ProgressMark } from "./progress-mark.ts";
import { ResultBatch } from "./result-batch.ts";

/** Milliseconds that calls may run one after another before the event loop handles sockets and timers. */
const SLICE_MS = 8;
/** Milliseconds that calls may wait behind a running call before they are returned to the worker. */
const MAX_WAIT_MS = 50;

interface StartedCall {
  readonly id: number;
  readonly startedAt: number;
  /** Absent until its inputs and config are checked. */
  context?: CallContext;
}

export interface CallRunnerOptions {
  registry: Registry;
  lookup: ContentTypeLookup;
  /** An existing directory, in which each task gets its own. */
  dir: string;
  stdout: PrintedFile;
  stderr: PrintedFile;
  mark: ProgressMark;
  onResults: (results: Result[]) => void;
  onReturned: (calls: number[]) => void;
  /** Called when the runner was told to leave and its last call has ended. */
  onLeft: () => void;
}

/** Runs calls one after another. An error fails only the call that threw it, even if it was thrown in a callback of the call. */
export class CallRunner {
  readonly #options: CallRunnerOptions;
  readonly #kinds = new Map<number, CallKind>();
  /** The calls from `#head` on have not started. */
  #calls: Call[] = [];
  #head = 0;
  #current: StartedCall | undefined;
  readonly #results: ResultBatch;
  /** Finds the call that an uncaught error comes from. */
  readonly #origin = new AsyncLocalStorage<StartedCall>();
  #sliceEnd = 0;
  #turn: NodeJS.Immediate | undefined;
  #returnTimer: NodeJS.Timeout | undefined;
  #leaving = false;

  constructor(options: CallRunnerOptions) {
    this.#options = options;
    this.#results = new ResultBatch(options.onResults);
  }

  run(kinds: readonly (readonly [number, CallKind])[], calls: readonly Call[]): void {
    for (const [number, kind] of kinds) this.#kinds.set(number, kind);
    if (this.#leaving) {
      this.#options.onReturned(calls.map(([id]) => id));
      return;
    }
    this.#calls =
      this.#head === 0 ? [...this.#calls, ...calls] : [...this.#calls.slice(this.#head), ...calls];
    this.#head = 0;
    if (!this.#current) this.#wake();
  }

  /** Tells the current call to stop, and returns those that have not started. */
  abort(ids: readonly number[]): void {
    for (const id of ids) if (id === this.#current?.id) this.#current.context?.abort();
    const gone = new Set(ids);
    this.#return(({ 0: id }) => gone.has(id));
  }

  /** Finishes the current call and starts no other. */
  leave(): void {
    this.#leaving = true;
    this.#return(() => true);
    if (!this.#current) this.#left();
  }

  /** Sends the results that wait for others. */
  flush(): void {
    this.#results.flush();
  }

  /** Handles an uncaught error. The process is then in an unknown state, so it ends. */
  uncaught(error: unknown, what: string): void {
    const culprit = this.#origin.getStore() ?? this.#current;
    if (culprit && culprit === this.#current) this.#fail(culprit, error, `${what}: `);
    else console.error(`${what} of a task that has already ended:`, error);
    this.leave();
  }

  #wake(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#sliceEnd = performance.now() + SLICE_MS;
      this.#next();
    });
  }

  /** Runs calls until one returns a promise or the time slice ends. */
  #next(): void {
    while (!this.#current) {
      const now = performance.now();
      const call = this.#calls[this.#head];
      if (!call) {
        this.#calls = [];
        this.#head = 0;
        this.#results.flush();
        if (this.#leaving) this.#left();
        return;
      }
      this.#results.flushIfDue(now);
      if (now > this.#sliceEnd) {
        this.#wake();
        return;
      }
      this.#head++;
      this.#begin(call, now);
    }
  }

  #begin(call: Call, startedAt: number): void {
    const started: StartedCall = { id: call[0], startedAt };
    this.#current = started;
    const { mark, stdout, stderr } = this.#options;
    mark.begin({ call: started.id, stdout: stdout.seen, stderr: stderr.seen });
    try {
      const outputs = this.#origin.run(started, () => this.#attempt(started, call));
      if (outputs instanceof Promise) this.#follow(started, outputs);
      else this.#succeed(started, outputs);
    } catch (error) {
      this.#fail(started, error);
    }
  }

  #attempt(started: StartedCall, call: Call): OutputData[] | Promise<OutputData[]> {
    const { registry, lookup, dir } = this.#options;
    const [, kindNumber, session, task, name, user, config, units, inputData] = call;
    const kind = this.#kinds.get(kindNumber);
    const type = kind && registry.taskType(kind.type);
    if (!kind || !type) throw new Error(`the plugin has no task type ${JSON.stringify(kind?.type)}`);
    const inputs = inputData.map((data, i) => inputFacts(data, kind.inputLabels[i] ?? ""));
    const context = new CallContext(
      type,
      {
        task: { session, id: task, name, ...(user !== null && { user }) },
        config: registry.checkTask({
          type: kind.type,
          config: config ? decode(config) : undefined,
          inputs,
          outputs: kind.outputs,
        }),
        inputs,
        outputs: kind.outputs,
        resources: units ?? {},
      },
      { makeDir: () => mkdtemp(join(dir, `${session}-${task}-`)), lookup },
    );
    started.context = context;
    const given = context.run();
    if (given instanceof Promise) return given.then((outputs) => outputData(context, outputs));
    return outputData(context, given);
  }

  #follow(started: StartedCall, outputs: Promise<OutputData[]>): void {
    this.#results.flushSoon();
    if (this.#head < this.#calls.length)
      this.#returnTimer ??= setTimeout(() => this.#returnWaiting(started), MAX_WAIT_MS);
    outputs.then(
      (data) => {
        this.#succeed(started, data);
        this.#next();
      },
      (error) => {
        this.#fail(started, error);
        this.#next();
      },
    );
  }

  #returnWaiting(started: StartedCall): void {
    this.#returnTimer = undefined;
    if (this.#current === started) this.#return(() => true);
    else if (this.#current && this.#head < this.#calls.length) {
      const current = this.#current;
      this.#returnTimer = setTimeout(() => this.#returnWaiting(current), MAX_WAIT_MS);
    }
  }

  #succeed(started: StartedCall, outputs: OutputData[]): void {
    if (started === this.#current) this.#settle(started, outputs);
  }

  #fail(started: StartedCall, error: unknown, prefix = ""): void {
    if (started === this.#current) this.#settle(started, failureOf(error, prefix));
  }

  #settle(started: StartedCall, outcome: Result[2]): void {
    this.#current = undefined;
    const now = performance.now();
    const milliseconds = now - started.startedAt;
    const extra = extraOf(started.context, this.#options.stdout.takeNew(), this.#options.stderr.takeNew());
    this.#results.add([started.id, milliseconds, outcome, extra], now);
  }

  #return(which: (call: Call) => boolean): void {
    const waiting = this.#calls.slice(this.#head);
    const returned = waiting.filter(which);
    if (returned.length === 0) return;
    this.#calls = waiting.filter((call) => !returned.includes(call));
    this.#head = 0;
    this.#options.onReturned(returned.map(([id]) => id));
  }

  #left(): void {
    clearTimeout(this.#returnTimer);
    this.#results.flush();
    this.#options.onLeft();
  }
}

function inputFacts(data: CallInputData, label: string): InputFacts {
  if (isInMemory(data)) {
    const [memory, contentType, file] = data;
    return { label, contentType, dataType: "blob", size: memory.length, memory, file };
  }
  const [filePath, contentType, isDirectory, size, file] = data;
  return { label, contentType, dataType: isDirectory ? "dir" : "blob", size, filePath, file };
}

function isInMemory(data: CallInputData): data is InputInMemory {
  return typeof data[0] !== "string";
}

/** `null` for a task that reports nothing besides its outputs, as most do. */
function extraOf(context: CallContext | undefined, stdout?: string, stderr?: string): Extra | null {
  const { debugText: debug, userInfo: user, printedTails: printed } = context ?? {};
  const dir = context?.dirPath;
  if ((stdout ?? stderr ?? debug ?? user ?? printed ?? dir) === undefined) return null;
  return {
    debug,
    user: plainJson(user),
    dir,
    stdout: stdout ?? printed?.stdout,
    stderr: stderr ?? printed?.stderr,
  };
}
