import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { ContentTypeLookup } from "../../plugin/loading/outputs.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import type { Registry } from "../../plugin/registry.ts";
import { decode } from "../../protocol/codec/codec.ts";
import type { Call, CallInputData, CallKind, Extra, OutputData, Result } from "../messages.ts";
import { CallContext } from "./call-context.ts";
import type { InputFacts } from "./call-input.ts";
import { failureOf } from "./failure.ts";
import { outputData } from "./output-data.ts";
import type { PrintedFile } from "./printed.ts";
import type { ProgressMark } from "./progress-mark.ts";
import { ResultBatch } from "./result-batch.ts";

/** How long calls may run one after the other before sockets and timers get their turn. */
const SLICE_MS = 8;
/** What waits behind a call that takes longer is given back, as far as this process can still do anything. */
const PATIENCE_MS = 50;

interface Begun {
  readonly id: number;
  readonly startedAt: number;
  /** Absent until its inputs and config are known to be in order. */
  context?: CallContext;
}

export interface CallRunnerOptions {
  registry: Registry;
  lookup: ContentTypeLookup;
  /** An existing directory, in which tasks get theirs. */
  dir: string;
  stdout: PrintedFile;
  stderr: PrintedFile;
  mark: ProgressMark;
  onResults: (results: Result[]) => void;
  onReturned: (calls: number[]) => void;
  /** It was told to leave, and has nothing left to do. */
  onLeft: () => void;
}

/** Runs calls one after the other. What they throw, also later and unasked, fails them alone. */
export class CallRunner {
  readonly #options: CallRunnerOptions;
  readonly #kinds = new Map<number, CallKind>();
  /** From `#head` on. */
  #calls: Call[] = [];
  #head = 0;
  #current: Begun | undefined;
  readonly #results: ResultBatch;
  /** By which errors that nobody caught find the call that they come from. */
  readonly #origin = new AsyncLocalStorage<Begun>();
  #sliceEnd = 0;
  #turn: NodeJS.Immediate | undefined;
  #patience: NodeJS.Timeout | undefined;
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

  /** Tells the call in hand to stop; those not begun are given back. */
  abort(ids: readonly number[]): void {
    for (const id of ids) if (id === this.#current?.id) this.#current.context?.abort();
    const gone = new Set(ids);
    this.#giveBack(({ 0: id }) => gone.has(id));
  }

  /** Finishes the call in hand, and no other. */
  leave(): void {
    this.#leaving = true;
    this.#giveBack(() => true);
    if (!this.#current) this.#left();
  }

  /** Tells the results that wait for others. */
  flush(): void {
    this.#results.flush();
  }

  /** An error that nobody caught. After it, nothing is sure in this process: it ends. */
  uncaught(error: unknown, what: string): void {
    const culprit = this.#origin.getStore() ?? this.#current;
    if (culprit && culprit === this.#current) this.#fail(culprit, error, `${what}: `);
    else console.error(`${what}, of a task that had ended:`, error);
    this.leave();
  }

  #wake(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#sliceEnd = performance.now() + SLICE_MS;
      this.#next();
    });
  }

  /** Runs calls as long as they end at once. */
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
    const begun: Begun = { id: call[0], startedAt };
    this.#current = begun;
    const { mark, stdout, stderr } = this.#options;
    mark.begin({ call: begun.id, stdout: stdout.seen, stderr: stderr.seen });
    try {
      const outputs = this.#origin.run(begun, () => this.#attempt(begun, call));
      if (outputs instanceof Promise) this.#follow(begun, outputs);
      else this.#succeed(begun, outputs);
    } catch (error) {
      this.#fail(begun, error);
    }
  }

  #attempt(begun: Begun, call: Call): OutputData[] | Promise<OutputData[]> {
    const { registry, lookup, dir } = this.#options;
    const [, kindNumber, session, task, name, config, units, inputData] = call;
    const kind = this.#kinds.get(kindNumber);
    const type = kind && registry.taskType(kind.type);
    if (!kind || !type) throw new Error(`the plugin has no task type ${JSON.stringify(kind?.type)}`);
    const inputs = inputData.map((data, i) => inputFacts(data, kind.inputLabels[i] ?? ""));
    const context = new CallContext(
      type,
      {
        task: { session, id: task, name },
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
    begun.context = context;
    const given = context.run();
    if (given instanceof Promise) return given.then((outputs) => outputData(context, outputs));
    return outputData(context, given);
  }

  #follow(begun: Begun, outputs: Promise<OutputData[]>): void {
    this.#results.flushSoon();
    if (this.#head < this.#calls.length)
      this.#patience ??= setTimeout(() => this.#losePatience(begun), PATIENCE_MS);
    outputs.then(
      (data) => {
        this.#succeed(begun, data);
        this.#next();
      },
      (error) => {
        this.#fail(begun, error);
        this.#next();
      },
    );
  }

  #losePatience(begun: Begun): void {
    this.#patience = undefined;
    if (this.#current === begun) this.#giveBack(() => true);
    else if (this.#current && this.#head < this.#calls.length) {
      const current = this.#current;
      this.#patience = setTimeout(() => this.#losePatience(current), PATIENCE_MS);
    }
  }

  #succeed(begun: Begun, outputs: OutputData[]): void {
    if (begun === this.#current) this.#settle(begun, outputs);
  }

  #fail(begun: Begun, error: unknown, prefix = ""): void {
    if (begun === this.#current) this.#settle(begun, failureOf(error, prefix));
  }

  #settle(begun: Begun, outcome: Result[2]): void {
    this.#current = undefined;
    const now = performance.now();
    const milliseconds = now - begun.startedAt;
    const extra = extraOf(begun.context, this.#options.stdout.news(), this.#options.stderr.news());
    this.#results.add([begun.id, milliseconds, outcome, extra], now);
  }

  #giveBack(which: (call: Call) => boolean): void {
    const waiting = this.#calls.slice(this.#head);
    const returned = waiting.filter(which);
    if (returned.length === 0) return;
    this.#calls = waiting.filter((call) => !returned.includes(call));
    this.#head = 0;
    this.#options.onReturned(returned.map(([id]) => id));
  }

  #left(): void {
    clearTimeout(this.#patience);
    this.#results.flush();
    this.#options.onLeft();
  }
}

function inputFacts(data: CallInputData, label: string): InputFacts {
  if (data.length === 2) {
    const [memory, contentType] = data;
    return { label, contentType, dataType: "blob", size: memory.length, memory };
  }
  const [filePath, contentType, isDirectory, size] = data;
  return { label, contentType, dataType: isDirectory ? "dir" : "blob", size, filePath };
}

/** `null` for nothing, which is what most tasks have to tell. */
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
