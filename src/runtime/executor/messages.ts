import type { ErrorDetails, ErrorJson } from "../errors.ts";
import type { DeclaredOutput } from "../plugin/check/outputs.ts";
import type { TaskInput } from "../plugin/contract/index.ts";

/** The messages between a worker and a JavaScript executor. Calls and results are tuples, since there are many of them. */

export type WorkerToExecutor =
  | ["init", Init]
  /** `kinds` announces those that this executor has not seen yet. */
  | ["calls", { kinds: [number: number, kind: CallKind][]; calls: Call[] }]
  | ["abort", { calls: number[] }]
  /** Finish the current call, then exit. */
  | ["end", Record<string, never>];

export interface Init {
  /** Absolute path of the plugin's module. */
  module: string;
  /** Content types of other plugins, with the modules that define them. */
  contentTypes: [name: string, module: string][];
}

/** The common part of calls. */
export interface CallKind {
  /** Name of the task type within its plugin. */
  type: string;
  /** One per input, or empty. */
  inputLabels: readonly string[];
  outputs: readonly DeclaredOutput[];
}

export type Call = [
  /** Counts up from 1 in each process. */
  id: number,
  kind: number,
  session: number,
  task: number,
  name: string,
  user: unknown,
  /** A CBOR item. */
  config: Uint8Array | null,
  units: Readonly<Record<string, readonly number[]>> | null,
  inputs: CallInputData[],
];

export type InputInMemory = [content: Uint8Array, contentType: string, file?: FileFacts];

type FileFacts = NonNullable<TaskInput["file"]>;

/** Content in memory, or the path of a read-only file or directory. */
export type CallInputData =
  | InputInMemory
  | [path: string, contentType: string, isDirectory: boolean, size: number, file?: FileFacts];

export type ExecutorToWorker =
  | ["ready", Record<string, never>]
  | ["refused", ErrorJson]
  | ["results", { results: Result[] }]
  /** Calls that have not started and go back to the worker. */
  | ["returned", { calls: number[] }];

export type Result = [id: number, milliseconds: number, outcome: OutputData[] | Failure, extra: Extra | null];

/** Bytes of the declared content type, bytes of another content type, a path, or the index of an input. */
export type OutputData =
  | Uint8Array
  | [bytes: Uint8Array, contentType: string]
  | [path: string, contentType: string]
  | [input: number];

export interface Failure {
  message: string;
  details: ErrorDetails;
}

export interface Extra {
  debug?: string | undefined;
  user?: unknown;
  stdout?: string | undefined;
  stderr?: string | undefined;
  /** The directory that was made for the task. */
  dir?: string | undefined;
}
