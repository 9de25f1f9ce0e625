import type { Readable } from "node:stream";

export type DataType = "blob" | "dir";

/**
 * The value types of content types, for `input.load()` and for outputs given as `{ value }`. A plugin adds
 * its own: `declare module "rain-tasks/plugin" { interface ContentTypeValues { arrow: Table } }`
 */
export interface ContentTypeValues {
  text: string;
  json: unknown;
  cbor: unknown;
  csv: readonly Record<string, string>[];
  ndjson: readonly unknown[];
}

/** The declaration of one input or output, or as `rest`, of all further ones. */
export interface Slot {
  /** The role of the object; a name to address it by. */
  label?: string;
  dataType?: DataType | "any";
  /** Empty or absent for any content type. */
  contentType?: string;
}

/** The `fixed` slots come first; with `rest`, any number of further ones may follow. */
export interface Slots {
  fixed?: readonly Slot[];
  rest?: Slot;
}

/** An input of a running task. An object is immutable: never change the bytes or the files. */
export interface TaskInput<Value = unknown> {
  readonly label: string;
  readonly dataType: DataType;
  readonly contentType: string;
  /** Bytes; for a directory, the sum of the sizes of its files. */
  readonly size: number;
  /** The bytes, if they are in memory; `undefined` if they are in a file or this is a directory. */
  readonly memory: Uint8Array | undefined;
  /** What a blob that was made from a file keeps of it. `modifiedAt` is in milliseconds since the epoch. */
  readonly file?: { modifiedAt: number; executable: boolean } | undefined;
  /** The bytes; for a directory, its tar. */
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** Loads the value according to the content type. Throws if the content type cannot be loaded here. */
  load(): Promise<Value>;
  stream(): Readable;
  /** Path of a read-only file or directory with the content, valid while the task runs. */
  path(): Promise<string>;
}

/** The value of one output of a task. */
export type TaskOutput<Value = unknown> =
  /** Bytes in memory; Rain owns them from now on. */
  | Uint8Array
  | { bytes: Uint8Array; contentType?: string }
  /** An input, whose object becomes the output. */
  | TaskInput
  /** A file or directory in `ctx.dir()`; Rain moves it away. */
  | { path: string; contentType?: string }
  /** A value to convert to bytes with this content type, or else the declared one. */
  | { value: Value; contentType?: string };
