import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { ConfigOf, InputsByLabel, InputsOf, OutputsByLabel, OutputValue } from "./typing.ts";
import type { DataType, Slots, TaskInput, TaskOutput } from "./values.ts";

export * from "./values.ts";

/** The version of this contract. `definePlugin` puts it into the plugin, and Rain refuses a plugin of another version. */
export const CONTRACT_VERSION = 1;

/** What `run` sees of its task. */
export interface TaskContext<
  Config = unknown,
  Inputs extends readonly TaskInput[] = readonly TaskInput[],
  ByLabel = Readonly<Record<string, TaskInput | undefined>>,
> {
  readonly task: { readonly session: number; readonly id: number; readonly name: string };
  readonly config: Config;
  readonly inputs: Inputs;
  /** The inputs that have a label, in the declaration or from whoever submitted the task. */
  readonly input: ByLabel;
  /** The declared outputs, in order. */
  readonly outputs: readonly {
    readonly label: string;
    readonly dataType: DataType;
    readonly contentType: string;
  }[];
  /** The units that it has of each named resource it asked for: `{ gpu: [1] }` is the second gpu, for this run alone. */
  readonly resources: Readonly<Record<string, readonly number[]>>;
  /** Bytes of memory that the task asked for; absent when it asked for none, and in processes for the code of plugins, which are limited. */
  readonly memory?: number | undefined;
  /** Aborts when the task is to stop; `run` must then end soon, whatever it answers. */
  readonly signal: AbortSignal;
  /** `user` is stored with the task and shown by `rain status` and the API. Any JSON value. */
  readonly info: { user: unknown };
  /** Appends a line to the task's debug text. */
  debug(message: string): void;
  /** The task's own empty directory, removed afterwards. */
  dir(): Promise<string>;
  /** Hands the ends of what a program printed to the log of the task. */
  printed(tails: { stdout?: string; stderr?: string }): void;
}

/** What stands in the declaration of a task type besides its code. */
interface TaskDeclaration<Config, Inputs extends Slots, Outputs extends Slots> {
  /** Within its plugin: `concat` of the plugin `builtin` is `builtin/concat`. */
  name: string;
  /** Further names of it within its plugin, such as that of an earlier version. */
  aliases?: readonly string[];
  /** One line for `rain tasks`. */
  summary: string;
  inputs: Inputs;
  outputs: Outputs;
  /** JSON Schema of the config, for `rain tasks` and editors. */
  configJsonSchema?: unknown;
  /** Checks what the slots and the schema cannot say, before anything runs. Throws an `Error` that says what is wrong. */
  check?(task: { config: Config; inputs: number; outputs: number }): void;
}

/** What `run` answers: one entry per declared output in order, or an object by label. */
export type TaskOutputs = readonly TaskOutput[] | Readonly<Record<string, TaskOutput>>;

export interface TaskType<Config = unknown> extends TaskDeclaration<Config, Slots, Slots> {
  /** Absent: the task type takes no config. */
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
  /** Any Standard Schema, such as one of valibot or zod; it must validate without a promise. Absent: no config. */
  config?: Schema;
  /** A plain return, without a promise, keeps small tasks cheap. Throw to fail the task. */
  run(
    ctx: TaskContext<ConfigOf<Schema>, InputsOf<Inputs>, InputsByLabel<Inputs>>,
  ): TypedOutputs<Outputs> | Promise<TypedOutputs<Outputs>>;
}

export type TypedOutputs<Outputs extends Slots> =
  | readonly TaskOutput<OutputValue<Outputs>>[]
  | OutputsByLabel<Outputs>;

/** How values of a content type are made from bytes and back. */
export interface ContentType<Value = unknown> {
  /** Such as `json`; `text` covers `text-<ENCODING>` too. */
  name: string;
  load(bytes: Uint8Array, contentType: string): Value | Promise<Value>;
  dump(value: Value, contentType: string): Uint8Array | Promise<Uint8Array>;
  /** What JSON can hold of a value, for `rain fetch --as json` and the like; a list of rows for `--as csv`. */
  toPlain?(value: Value): unknown;
  /** A short text for people. */
  preview?(bytes: Uint8Array, contentType: string): string | Promise<string>;
  /** Of file names, without the dot. */
  extensions?: readonly string[];
}

/** A program that speaks cbor-1, the protocol of executors in any language. */
export interface ExecutorCommand {
  /** A name in PATH or a path. Each word that begins with `./` is a path from where this is written. */
  command: string;
  args?: readonly string[];
  /** Besides the environment of the worker. */
  env?: Readonly<Record<string, string>>;
}

export interface Plugin {
  /** Prefix of its task types. */
  name: string;
  /** `CONTRACT_VERSION` of the Rain that it was written for; `definePlugin` puts it in. */
  contract?: number;
  // biome-ignore lint/suspicious/noExplicitAny: task types of any config stand in one list; each checks its own config.
  tasks?: readonly TaskType<any>[];
  // biome-ignore lint/suspicious/noExplicitAny: content types of any value stand in one list.
  contentTypes?: readonly ContentType<any>[];
  /** The program that runs all tasks of this plugin in place of their `run`. It registers by the name of the plugin. */
  executor?: ExecutorCommand;
}

/** A failure whose facts machines may want, such as `{ exitCode: 3, stderr: "…" }`. Any thrown error fails the task. */
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
>(type: TypedTask<Inputs, Outputs, Schema>): TaskType<ConfigOf<Schema>> {
  // The same at run time: a narrower `ctx` is what Rain gives to a type of this declaration.
  return type as unknown as TaskType<ConfigOf<Schema>>;
}

/** A task type of a plugin that has an `executor`, where its code is. */
export function defineExecutorTask<
  const Inputs extends Slots,
  const Outputs extends Slots,
  const Schema extends StandardSchemaV1 | undefined = undefined,
>(type: Omit<TypedTask<Inputs, Outputs, Schema>, "run">): TaskType<ConfigOf<Schema>> {
  const run = () => {
    throw new Error(`${type.name} runs in the executor of its plugin`);
  };
  return { ...type, run } as unknown as TaskType<ConfigOf<Schema>>;
}

export function defineContentType<Value>(type: ContentType<Value>): ContentType<Value> {
  return type;
}

export function definePlugin(plugin: Plugin): Plugin & { contract: number } {
  return { contract: CONTRACT_VERSION, ...plugin };
}
