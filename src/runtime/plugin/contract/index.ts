/** The contract: the types and functions that plugins are written with. */

import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { ConfigOf, InputsByLabel, InputsOf, OutputsByLabel, OutputValue } from "./typing.ts";
import type { DataType, Slots, TaskInput, TaskOutput } from "./values.ts";

export * from "./values.ts";

/**
 * The version of this contract. `definePlugin` adds it to the plugin, and Rain rejects plugins of another
 * version.
 */
export const CONTRACT_VERSION = 1;

/** The task, as `run` gets it. */
export interface TaskContext<
  Config = unknown,
  Inputs extends readonly TaskInput[] = readonly TaskInput[],
  ByLabel = Readonly<Record<string, TaskInput | undefined>>,
> {
  /** `user` is the JSON value with which the task was submitted. */
  readonly task: {
    readonly session: number;
    readonly id: number;
    readonly name: string;
    readonly user?: unknown;
  };
  readonly config: Config;
  readonly inputs: Inputs;
  /** The inputs with a label, from the declaration or from the submitter of the task. */
  readonly input: ByLabel;
  /** The declared outputs, in order. */
  readonly outputs: readonly {
    readonly label: string;
    readonly dataType: DataType;
    readonly contentType: string;
  }[];
  /**
   * The units of each named resource that the task asked for: `{ gpu: [1] }` is the second gpu, for this run
   * alone.
   */
  readonly resources: Readonly<Record<string, readonly number[]>>;
  /**
   * Bytes of memory that the task asked for. Absent if it asked for none, and in executors, whose memory is
   * limited from outside.
   */
  readonly memory?: number | undefined;
  /** Milliseconds between SIGTERM and SIGKILL for programs of the task. Absent: 2000. */
  readonly graceMs?: number | undefined;
  /** Aborts when the task must stop; `run` must then end soon, and its result is ignored. */
  readonly signal: AbortSignal;
  /** `user` is stored with the task and shown by `rain status` and the API. Any JSON value. */
  readonly info: { user: unknown };
  /** Appends a line to the task's debug text. */
  debug(message: string): void;
  /** The task's own empty directory, removed afterwards. */
  dir(): Promise<string>;
  /** Adds the last output of a program to the log of the task. */
  printed(tails: { stdout?: string | undefined; stderr?: string | undefined }): void;
}

/** The declaration of a task type without its code. */
interface TaskDeclaration<Config, Inputs extends Slots, Outputs extends Slots> {
  /** Name within its plugin: `concat` of the plugin `builtin` is `builtin/concat`. */
  name: string;
  /** Other names within its plugin, such as a former one. */
  aliases?: readonly string[];
  /** Description in one line, for `rain tasks`. */
  summary: string;
  inputs: Inputs;
  outputs: Outputs;
  /** JSON Schema of the config, for `rain tasks` and editors. */
  configJsonSchema?: unknown;
  /**
   * Checks what slots and schema cannot express, before anything runs. Throws an `Error` that says what is
   * wrong.
   */
  check?(task: { config: Config; inputs: number; outputs: number }): void;
}

/** The result of `run`: one entry for each declared output, in order or by label. */
export type TaskOutputs = readonly TaskOutput[] | Readonly<Record<string, TaskOutput>>;

export interface TaskType<Config = unknown> extends TaskDeclaration<Config, Slots, Slots> {
  /** Absent if the task type takes no config. */
  config?: StandardSchemaV1<unknown, Config>;
  /** A plain return, without a promise, keeps small tasks cheap. Throw to fail the task. */
  run(ctx: TaskContext<Config>): TaskOutputs | Promise<TaskOutputs>;
}

/** A task type whose `run` gets its types from the declaration. */
export interface TypedTask<
  Inputs extends Slots,
  Outputs extends Slots,
  Schema extends StandardSchemaV1 | undefined,
> extends TaskDeclaration<ConfigOf<Schema>, Inputs, Outputs> {
  /**
   * Any Standard Schema, such as one of valibot or zod; it must validate without a promise. Absent: no
   * config.
   */
  config?: Schema;
  /** A plain return, without a promise, keeps small tasks cheap. Throw to fail the task. */
  run(
    ctx: TaskContext<ConfigOf<Schema>, InputsOf<Inputs>, InputsByLabel<Inputs>>,
  ): TypedOutputs<Outputs> | Promise<TypedOutputs<Outputs>>;
}

export type TypedOutputs<Outputs extends Slots> =
  | readonly TaskOutput<OutputValue<Outputs>>[]
  | OutputsByLabel<Outputs>;

/** Converts values of a content type from bytes and back. */
export interface ContentType<Value = unknown> {
  /** Name such as `json`; `text` also covers `text-<ENCODING>`. */
  name: string;
  load(bytes: Uint8Array, contentType: string): Value | Promise<Value>;
  dump(value: Value, contentType: string): Uint8Array | Promise<Uint8Array>;
  /**
   * The JSON form of a value, for `rain fetch --as json` and other text types; a list of rows for `--as csv`.
   */
  toPlain?(value: Value): unknown;
  /** A short text to show. */
  preview?(bytes: Uint8Array, contentType: string): string | Promise<string>;
  /** Extensions of file names, without the dot. */
  extensions?: readonly string[];
}

/** A program that uses cbor-1, the protocol for executors in any language. */
export interface ExecutorCommand {
  /**
   * A name in PATH or a path. A word that begins with `./` is relative to the file that contains the command.
   */
  command: string;
  args?: readonly string[] | undefined;
  /** Added to the environment of the worker. */
  env?: Readonly<Record<string, string>> | undefined;
}

export interface Plugin {
  /** Prefix of its task types. */
  name: string;
  /** `CONTRACT_VERSION` of the Rain that it was written for; `definePlugin` adds it. */
  contract?: number;
  // biome-ignore lint/suspicious/noExplicitAny: the list contains task types with any config; each checks its own.
  tasks?: readonly TaskType<any>[];
  // biome-ignore lint/suspicious/noExplicitAny: the list contains content types with any value.
  contentTypes?: readonly ContentType<any>[];
  /**
   * The program that runs all tasks of this plugin instead of their `run`. It registers under the name of the
   * plugin.
   */
  executor?: ExecutorCommand;
}

/**
 * A failure with details for programs, such as `{ exitCode: 3, stderr: "…" }`. Any other thrown error fails
 * the task, too.
 */
export class TaskError extends Error {
  override readonly name = "TaskError";
  readonly details: Record<string, unknown>;
  constructor(message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.details = details;
  }
}

/** Types `ctx` from the declaration: `ctx.config` by the schema, the inputs by their content types. */
export function defineTask<
  const Inputs extends Slots,
  const Outputs extends Slots,
  const Schema extends StandardSchemaV1 | undefined = undefined,
>(type: TypedTask<Inputs, Outputs, Schema>): TaskType<ConfigOf<Schema>>;
// The types differ only at compile time: Rain passes a `ctx` that matches this declaration.
export function defineTask(type: TaskType): TaskType {
  return type;
}

/** A task type of a plugin with an `executor`, which has the code. */
export function defineExecutorTask<
  const Inputs extends Slots,
  const Outputs extends Slots,
  const Schema extends StandardSchemaV1 | undefined = undefined,
>(type: Omit<TypedTask<Inputs, Outputs, Schema>, "run">): TaskType<ConfigOf<Schema>>;
export function defineExecutorTask(type: Omit<TaskType, "run">): TaskType {
  const run = () => {
    throw new Error(`${type.name} runs in the executor of its plugin`);
  };
  return { ...type, run };
}

export function defineContentType<Value>(type: ContentType<Value>): ContentType<Value> {
  return type;
}

export function definePlugin(plugin: Plugin): Plugin & { contract: number } {
  return { contract: CONTRACT_VERSION, ...plugin };
}
