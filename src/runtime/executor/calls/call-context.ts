import type { DeclaredOutput } from "../../plugin/check/outputs.ts";
import { slotAt } from "../../plugin/check/slots.ts";
import type { TaskContext, TaskType } from "../../plugin/contract/index.ts";
import {
  type ContentTypeLookup,
  inputsByLabel,
  type PlainOutput,
  plainOutputs,
} from "../../plugin/loading/outputs.ts";
import { CallInput, type InputFacts } from "./call-input.ts";

/** A run of a task, as far as its code may know of it. */
export interface CallFacts {
  task: { session: number; id: number; name: string };
  /** As the schema of its type made it. */
  config: unknown;
  inputs: readonly InputFacts[];
  outputs: readonly DeclaredOutput[];
  resources: Readonly<Record<string, readonly number[]>>;
}

export interface CallHome {
  /** Makes a directory for the task. Called once at most. */
  makeDir: () => Promise<string>;
  lookup: ContentTypeLookup;
}

/** What the code of a task sees in the process that runs it. What few tasks use is made when it is asked for. */
export class CallContext implements TaskContext {
  readonly task: CallFacts["task"];
  readonly config: unknown;
  readonly inputs: readonly CallInput[];
  readonly outputs: CallFacts["outputs"];
  readonly resources: CallFacts["resources"];
  readonly #type: TaskType;
  readonly #home: CallHome;
  #byLabel: Record<string, CallInput> | undefined;
  #dir: Promise<string> | undefined;
  #dirPath: string | undefined;
  #abort: AbortController | undefined;
  #aborted = false;
  #info: { user: unknown } | undefined;
  #debug: string | undefined;
  #printed: { stdout?: string; stderr?: string } | undefined;

  constructor(type: TaskType, facts: CallFacts, home: CallHome) {
    this.#type = type;
    this.#home = home;
    this.task = facts.task;
    this.config = facts.config;
    this.outputs = facts.outputs;
    this.resources = facts.resources;
    const dir = () => this.dir();
    this.inputs = facts.inputs.map((input, index) => {
      const place = slotAt(type.inputs, index)?.contentType;
      return new CallInput(input, { index, place, dir, lookup: home.lookup });
    });
  }

  get input(): Readonly<Record<string, CallInput>> {
    this.#byLabel ??= inputsByLabel(this.#type.inputs, this.inputs);
    return this.#byLabel;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#aborted) this.#abort.abort();
    return this.#abort.signal;
  }

  get info(): { user: unknown } {
    this.#info ??= { user: undefined };
    return this.#info;
  }

  debug(message: string): void {
    this.#debug = this.#debug === undefined ? `${message}` : `${this.#debug}\n${message}`;
  }

  dir(): Promise<string> {
    this.#dir ??= this.#makeDir();
    return this.#dir;
  }

  printed(tails: { stdout?: string; stderr?: string }): void {
    this.#printed = tails;
  }

  abort(): void {
    this.#aborted = true;
    this.#abort?.abort();
  }

  /** Runs the code. Answers a promise only where that does, or there are values to dump. */
  run(): readonly PlainOutput[] | Promise<readonly PlainOutput[]> {
    const given = this.#type.run(this);
    if (given instanceof Promise) return given.then((outputs) => this.#plain(outputs));
    return this.#plain(given);
  }

  /** What the run told besides its outputs, of which each may be absent. */
  get remarks(): { debug?: string; user?: unknown; printed?: { stdout?: string; stderr?: string } } {
    return { debug: this.#debug, user: this.#info?.user, printed: this.#printed };
  }

  /** The task's own directory, if it has one. */
  get dirPath(): string | undefined {
    return this.#dirPath;
  }

  async #makeDir(): Promise<string> {
    this.#dirPath = await this.#home.makeDir();
    return this.#dirPath;
  }

  #plain(
    given: Parameters<typeof plainOutputs>[0],
  ): readonly PlainOutput[] | Promise<readonly PlainOutput[]> {
    return plainOutputs(given, this.#type.outputs, this.outputs, this.#home.lookup);
  }
}
