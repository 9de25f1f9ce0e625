import type { DeclaredOutput } from "../../plugin/check/outputs.ts";
import { slotAt } from "../../plugin/check/slots.ts";
import type { Slots, TaskContext, TaskType } from "../../plugin/contract/index.ts";
import { type ContentTypeLookup, type PlainOutput, plainOutputs } from "../../plugin/loading/outputs.ts";
import { RunContext } from "../../plugin/running/run-context.ts";
import { CallInput, type InputFacts } from "./call-input.ts";

/** What the code of a task may know of its run. */
export interface CallFacts {
  task: { session: number; id: number; name: string };
  /** As the schema of its type made it. */
  config: unknown;
  inputs: readonly InputFacts[];
  outputs: readonly DeclaredOutput[];
  resources: Readonly<Record<string, readonly number[]>>;
}

export interface CallOptions {
  /** Makes a directory for the task. Called once at most. */
  makeDir: () => Promise<string>;
  lookup: ContentTypeLookup;
}

/** A run of a task in an executor, as the code of the task sees it. */
export class CallContext extends RunContext<CallInput> implements TaskContext {
  readonly task: CallFacts["task"];
  readonly config: unknown;
  readonly inputs: readonly CallInput[];
  readonly outputs: CallFacts["outputs"];
  readonly resources: CallFacts["resources"];
  readonly #type: TaskType;
  readonly #options: CallOptions;
  #dir: Promise<string> | undefined;
  #dirPath: string | undefined;

  constructor(type: TaskType, facts: CallFacts, options: CallOptions) {
    super();
    this.#type = type;
    this.#options = options;
    this.task = facts.task;
    this.config = facts.config;
    this.outputs = facts.outputs;
    this.resources = facts.resources;
    const dir = () => this.dir();
    this.inputs = facts.inputs.map((input, index) => {
      const declared = slotAt(type.inputs, index)?.contentType;
      return new CallInput(input, { index, declared, dir, lookup: options.lookup });
    });
  }

  protected get inputSlots(): Slots {
    return this.#type.inputs;
  }

  dir(): Promise<string> {
    this.#dir ??= this.#makeDir();
    return this.#dir;
  }

  /** Runs the code. Answers a promise only where the code does, or where values are dumped. */
  run(): readonly PlainOutput[] | Promise<readonly PlainOutput[]> {
    const given = this.#type.run(this);
    if (given instanceof Promise) return given.then((outputs) => this.#plain(outputs));
    return this.#plain(given);
  }

  /** The task's own directory, if it has one. */
  get dirPath(): string | undefined {
    return this.#dirPath;
  }

  async #makeDir(): Promise<string> {
    this.#dirPath = await this.#options.makeDir();
    return this.#dirPath;
  }

  #plain(
    given: Parameters<typeof plainOutputs>[0],
  ): readonly PlainOutput[] | Promise<readonly PlainOutput[]> {
    return plainOutputs(given, this.#type.outputs, this.outputs, this.#options.lookup);
  }
}
