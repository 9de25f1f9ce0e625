/** The messages of `cbor-1` between a worker and an executor. Keys are in the order in which they are sent. */

export const PROTOCOL = "cbor-1";

/** The id of a task or object. */
export type Id = readonly [session: number, number: number];

export interface Register {
  protocol: string;
  executor_type: string;
}

export interface TaskSpec {
  id: Id;
  task_type: string;
  /** Any JSON. */
  config?: unknown;
  inputs?: { id: Id; label?: string }[];
  outputs?: Id[];
  resources: { cpus: number };
  name?: string;
  /** Any JSON. Executors of Rain 0.4 expect a map. */
  user?: unknown;
}

export interface ObjectSpec {
  id: Id;
  label?: string;
  content_type?: string;
  data_type: "blob" | "dir";
  user?: unknown;
}

export interface CallInput {
  spec: ObjectSpec;
  /** `size` in bytes. */
  info: { size: number; content_type?: string };
  location: readonly ["path", string] | readonly ["memory", Uint8Array] | "cached";
  cache_hint: boolean;
}

export interface CallOutput {
  spec: ObjectSpec;
  cache_hint: boolean;
}

export interface Call {
  spec: TaskSpec;
  inputs: CallInput[];
  outputs: CallOutput[];
}

export interface ResultOutput {
  /** `debug` may be empty. */
  info: { debug: string; content_type: string; user?: unknown };
  location: readonly ["path", string] | readonly ["memory", Uint8Array] | readonly ["other_object", Id];
}

export interface Result {
  task: Id;
  success: boolean;
  /** `error` and `debug` may be empty. */
  info: { error: string; debug: string; user?: unknown };
  /** Empty if the task has failed. */
  outputs: ResultOutput[];
  cached_objects: Id[];
}

export type ToExecutor = ["call", Call] | ["drop_cached", { objects: Id[] }];
export type FromExecutor = ["register", Register] | ["result", Result];
