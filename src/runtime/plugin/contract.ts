import type { Readable } from "node:stream";
import type { StandardSchemaV1 } from "./standard-schema.ts";

export type DataType = "blob" | "dir";

/** What a task type takes or gives at one place, or, as `rest`, at every further place. */
export interface Slot {
  /** The role of the object, by which it can be addressed. */
  label?: string;
  dataType?: DataType | "any";
  /** Empty or absent: anything. */
  contentType?: string;
}

/** `fixed` places come first; with `rest` any number may follow. */
export interface Slots {
  fixed?: readonly Slot[];
  rest?: Slot;
}

/** An input of a running task. An object is immutable: never change the bytes or the files. */
export interface TaskInput {
  readonly label: string;
  readonly dataType: DataType;
  readonly contentType: string;
  /** Bytes; of a directory, the sum of its files' sizes. */
  readonly size: number;
  /** The bytes, when the worker holds them in memory; `undefined` when they are in a file or this is a directory. */
  readonly memory: Uint8Array | undefined;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  stream(): Readable;
  /** Path of a read-only file or directory with the content, valid while the task runs. */
  path(): Promise<string>;
}

/** What a task gives for one of its outputs. */
export type TaskOutput =
  /** Bytes in memory. The worker owns them from now on. */
  | Uint8Array
  /** The very object that is this input. */
  | TaskInput
  /** A file or directory, which the worker takes over by moving it; it must lie in `ctx.dir()`. */
  | { path: string; contentType?: string };

/** What `run` sees of its task. */
export interface TaskContext<Config = unknown> {
  readonly task: { readonly session: number; readonly id: number; readonly name: string };
  readonly config: Config;
  readonly inputs: readonly TaskInput[];
  /** The declared outputs, in order. */
  readonly outputs: readonly {
    readonly label: string;
    readonly dataType: DataType;
    readonly contentType: string;
  }[];
  /** The units that it has of each named resource it asked for: `{ gpu: [1] }` is the second gpu, for this run alone. */
  readonly resources: Readonly<Record<string, readonly number[]>>;
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

export interface TaskType<Config = unknown> {
  /** Within its plugin: `concat` of the plugin `builtin` is `builtin/concat`. */
  name: string;
  /** Further names of it within its plugin, such as that of an earlier version. */
  aliases?: readonly string[];
  /** One line for `rain tasks`. */
  summary: string;
  inputs: Slots;
  outputs: Slots;
  /** Absent: the task type takes no config. */
  config?: StandardSchemaV1<unknown, Config>;
  /** JSON Schema of the config, for `rain tasks` and editors. */
  configJsonSchema?: unknown;
  /** Checks what the slots and the schema cannot say, before anything runs. Throws an `Error` that says what is wrong. */
  check?(task: { config: Config; inputs: number; outputs: number }): void;
  /** Answers one entry per declared output. A plain return, without a promise, keeps small tasks cheap. Throw to fail the task. */
  run(ctx: TaskContext<Config>): TaskOutput[] | Promise<TaskOutput[]>;
}

/** How values of a content type are made from bytes and back. */
export interface ContentType<Value = unknown> {
  /** Such as `json`; `text` covers `text-<ENCODING>` too. */
  name: string;
  load(bytes: Uint8Array, contentType: string): Value | Promise<Value>;
  dump(value: Value, contentType: string): Uint8Array | Promise<Uint8Array>;
  /** A short text for people. */
  preview?(bytes: Uint8Array, contentType: string): string;
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
  // biome-ignore lint/suspicious/noExplicitAny: task types of any config stand in one list; each checks its own config.
  tasks?: readonly TaskType<any>[];
  // biome-ignore lint/suspicious/noExplicitAny: content types of any value stand in one list.
  contentTypes?: readonly ContentType<any>[];
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

/** Gives the declaration its types. */
export function defineTask<Config = undefined>(type: TaskType<Config>): TaskType<Config> {
  return type;
}

export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
