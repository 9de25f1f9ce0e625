import type { DeclaredOutput } from "../../plugin/check/outputs.ts";
import { slotAt } from "../../plugin/check/slots.ts";
import type { Slots, TaskContext, TaskType } from "../../plugin/contract/index.ts";
import { type ContentTypeLookup, type PlainOutput, plainOutputs } from "../../plugin/loading/outputs.ts";
import { RunContext } from "../../plugin/running/run-context.ts";
import { CallInput, type InputFacts } from "./call-input.ts";

/** The facts about a run that the code of its task can read. */
export interface CallFacts {
  task: { session: number; id: number; name: string; user?: unknown };
  /** The output of the schema of its type. */
  config: unknown;
  inputs: readonly InputFacts[];
  outputs: readonly DeclaredOutput[];
  resources: Readonly<Record<string, readonly number[]>>;
}

export interface CallOptions {
  /** Makes a directory for the task. Called at most once. */
  makeDir: () => Promise<string>;
  lookup: ContentTypeLookup;
}

/** The context of a task that runs in an executor. */
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

  /** Runs the code. Returns a promise only if the code does, or if values must be dumped. */
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
