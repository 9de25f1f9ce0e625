import type { Readable } from "node:stream";

export type DataType = "blob" | "dir";

/**
 * The types of the values of content types, for `input.load()` and for outputs given as `{ value }`. A plugin adds its own:
 * `declare module "rain-tasks/plugin" { interface ContentTypeValues { arrow: Table } }`
 */
export interface ContentTypeValues {
  text: string;
  json: unknown;
  cbor: unknown;
  csv: readonly Record<string, string>[];
  ndjson: readonly unknown[];
}

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
export interface TaskInput<Value = unknown> {
  readonly label: string;
  readonly dataType: DataType;
  readonly contentType: string;
  /** Bytes; of a directory, the sum of its files' sizes. */
  readonly size: number;
  /** The bytes, when they are in memory; `undefined` when they are in a file or this is a directory. */
  readonly memory: Uint8Array | undefined;
  /** Of a directory, its tar. */
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** The value that its content type makes of the bytes. Throws when nothing here loads that content type. */
  load(): Promise<Value>;
  stream(): Readable;
  /** Path of a read-only file or directory with the content, valid while the task runs. */
  path(): Promise<string>;
}

/** What a task gives for one of its outputs. */
export type TaskOutput<Value = unknown> =
  /** Bytes in memory. They belong to Rain from now on. */
  | Uint8Array
  | { bytes: Uint8Array; contentType?: string }
  /** The very object that is this input. */
  | TaskInput
  /** A file or directory, which is taken over by moving it; it must lie in `ctx.dir()`. */
  | { path: string; contentType?: string }
  /** A value, which the content type makes bytes of: this one, or else the declared one. */
  | { value: Value; contentType?: string };
