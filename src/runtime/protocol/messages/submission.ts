import type { Resources, Where } from "../../model/resources.ts";
import type { RetryRule } from "../../model/retry-rule.ts";

/** How a graph travels from client to server: packed columns and a few tables. See `GraphChunk` of the core for the numbering. */

export type DataType = "blob" | "dir";

/** What is declared of an output or a constant. An empty content type says nothing. */
export interface ObjectSpec {
  label?: string;
  contentType?: string;
  dataType: DataType;
  user?: unknown;
}

export type { Resources, RetryRule, Where };

/** The very package that brings a task type. Its tree of files travels as a tar, which unpacks to the same everywhere. */
export interface PluginRef {
  /** Of the plugin: the prefix of its task types. */
  name: string;
  /** npm name. */
  package: string;
  version: string;
  /** SHA-256 of the tar, in hex. */
  hash: string;
  /** Path of the npm package within the tree; empty: the tree itself. */
  folder: string;
  /** Path of the module to import, within the package. */
  entry: string;
  /** The program that runs its tasks instead; words that begin with `./` are paths within the package. */
  executor?: { command: string; args?: string[]; env?: Record<string, string> };
}

/** What tasks of the same shape have in common. */
export interface TaskKind {
  /** Canonical task type, such as `builtin/concat`. */
  type: string;
  /** Of a task type of a plugin: which one it was submitted with. The server fills it in where the client does not know. */
  plugin?: PluginRef;
  /** The server has the plugin for whoever lacks it. */
  shipped?: boolean;
  resources: Resources;
  where?: Where;
  /** The higher, the earlier among ready tasks; 0 where absent. */
  priority?: number;
  /** How often a failed run is repeated. A number stands for that many times, without delay. */
  retries?: number | RetryRule;
  /** Seconds that a run may take. */
  timeout?: number;
  /** One label per input, where any input has one. */
  inputLabels?: string[];
  outputs: ObjectSpec[];
  /** Index into `groups`. */
  group: number;
}

export interface Constant extends ObjectSpec {
  size: number;
  /** Small ones ride along; a constant without data was uploaded before the submit. */
  data?: Uint8Array;
}

/** Texts for some of the tasks or objects, in order of their numbers. */
export interface SparseTexts {
  of: Uint32Array;
  text: string[];
}

/** Any JSON value for some of the tasks. */
export interface SparseValues {
  of: Uint32Array;
  value: unknown[];
}

export interface Submission {
  firstTask: number;
  firstObject: number;
  constants: Constant[];
  kinds: TaskKind[];
  /** Group names; index 0 is the empty one. */
  groups: string[];
  /** Per task: index into `kinds`. */
  kind: Uint32Array;
  /** Per task, plus one: where its inputs start in `inputs`. */
  inputStart: Uint32Array;
  /** Object numbers, session-wide. */
  inputs: Uint32Array;
  /** Per task: 0 for no config, else 1 + index into the configs. */
  config: Uint32Array;
  /** CBOR items, item `i` at `bytes[start[i], start[i + 1])`. */
  configs: { start: Uint32Array; bytes: Uint8Array };
  /** Session-wide numbers of the kept objects of this submission. */
  keep: Uint32Array;
  /** Names for people; `/` makes a hierarchy. */
  names: SparseTexts;
  /** Keys of tasks and constants in a session file, by which refs find them. */
  taskKeys: SparseTexts;
  constantKeys: SparseTexts;
  users: SparseValues;
}
