import * as v from "valibot";
import type { Resources, Where } from "../../model/resources.ts";
import type { RetryRule } from "../../model/retry-rule.ts";
import {
  bytes,
  dataType,
  type FileFacts,
  fileFacts,
  longList,
  measure,
  natural,
  numbers,
  sha256,
  shortText,
  texts,
  uint32,
} from "./values.ts";

/*
 * A graph, as a client sends it to the server: packed columns and a few tables. `GraphChunk` of the model explains the numbering of
 * tasks and objects.
 */

/** Declaration of an output or a constant. An empty content type means unknown. */
export const objectSpec = v.object({
  label: v.optional(v.string()),
  contentType: v.optional(v.string()),
  dataType,
  user: v.optional(v.unknown()),
});
export type ObjectSpec = v.InferOutput<typeof objectSpec>;

const resources: v.GenericSchema<unknown, Resources> = v.object({
  cpus: measure,
  memory: v.optional(measure),
  named: v.optional(v.record(v.string(), natural)),
});
const where: v.GenericSchema<unknown, Where> = v.object({
  workers: v.optional(v.array(natural)),
  labels: v.optional(v.record(v.string(), v.string())),
});
const retryRule: v.GenericSchema<unknown, RetryRule> = v.object({
  times: natural,
  delay: v.optional(measure),
  backoff: v.optional(measure),
  maxDelay: v.optional(measure),
});

/** Requirements of the tasks of a kind, and options of their runs. */
export const requirements = {
  resources,
  where: v.optional(where),
  /** Ready tasks with a higher priority start earlier. Default: 0. */
  priority: v.optional(v.pipe(v.number(), v.integer())),
  /** How often to retry a failed task. A number retries without delay. */
  retries: v.optional(v.union([natural, retryRule])),
  /** Maximum seconds of a run. */
  timeout: v.optional(measure),
};

/** A relative path that does not leave its folder. */
const innerPath = v.pipe(
  v.string(),
  v.check(
    (path) => !path.startsWith("/") && !path.split("/").includes("..") && !/[\\\0]/.test(path),
    "expected a relative path inside its folder",
  ),
);

export const executorCommand = v.object({
  command: v.string(),
  args: v.optional(v.array(v.string())),
  env: v.optional(v.record(v.string(), v.string())),
});

/** The exact package of a task type. Its files are sent as a tar. */
export const pluginRef = v.object({
  /** Name of the plugin: the prefix of its task types. */
  name: shortText,
  /** npm name. */
  package: shortText,
  version: shortText,
  /** SHA-256 of the tar, in hex. */
  hash: sha256,
  /** Path of the npm package within the tree. Empty if it is the tree itself. */
  folder: innerPath,
  /** Path of the module to import, within the package. */
  entry: innerPath,
  /** The program that runs its tasks instead. Words that begin with `./` are paths within the package. */
  executor: v.optional(executorCommand),
});
export type PluginRef = v.InferOutput<typeof pluginRef>;

/** What tasks of the same shape have in common. */
export const taskKind = v.object({
  /** Canonical task type, such as `builtin/concat`. */
  type: shortText,
  /** The plugin of the tasks at the submit. The server adds it if the client does not know it. */
  plugin: v.optional(pluginRef),
  /** Whether workers that lack the plugin can get it from the server. */
  shipped: v.optional(v.boolean()),
  ...requirements,
  /** One label per input, if any input has one. */
  inputLabels: v.optional(v.array(v.string())),
  outputs: v.array(objectSpec),
  /** Index into `groups`. */
  group: uint32,
});
export type TaskKind = v.InferOutput<typeof taskKind>;

export interface Constant extends ObjectSpec {
  size: number;
  /** Bytes of a small constant. A large one is uploaded before the submit. */
  data?: Uint8Array;
  /** Of a blob that was read from a file. */
  file?: FileFacts;
}

/** Texts for some of the tasks or objects, in order of their numbers. */
const sparseTexts = v.object({ of: numbers, text: texts });
export type SparseTexts = v.InferOutput<typeof sparseTexts>;

/** Any JSON value for some of the tasks. */
const sparseValues = v.object({ of: numbers, value: v.array(v.unknown()) });
export type SparseValues = v.InferOutput<typeof sparseValues>;

/** The shape of a submission. `checkSubmission` checks the content of its columns. */
export const submission = v.object({
  firstTask: uint32,
  firstObject: uint32,
  constants: longList("constants", isConstant),
  kinds: v.array(taskKind),
  /** Group names; index 0 is the empty one. */
  groups: texts,
  /** Per task: index into `kinds`. */
  kind: numbers,
  /** Per task, plus one: where its inputs start in `inputs`. */
  inputStart: numbers,
  /** Object numbers, session-wide. */
  inputs: numbers,
  /** Pairs of a task and another one, of a smaller number, that has to finish before. */
  order: v.optional(numbers),
  /** Per task: 0 for no config, else 1 + index into the configs. */
  config: numbers,
  /** CBOR items; item `i` is `bytes[start[i], start[i + 1])`. */
  configs: v.object({ start: numbers, bytes }),
  /** Session-wide numbers of the kept objects of this submission. */
  keep: numbers,
  /** Names for output. `/` separates the levels of a hierarchy. */
  names: sparseTexts,
  /** Keys of tasks in a session file, for refs. */
  taskKeys: sparseTexts,
  /** Keys of constants. */
  constantKeys: sparseTexts,
  users: sparseValues,
});
export type Submission = v.InferOutput<typeof submission>;

/** Checked by hand, since a session may have a million constants. */
function isConstant(value: unknown): value is Constant {
  if (typeof value !== "object" || value === null) return false;
  const { label, contentType, dataType, size, data, file } = value as Record<keyof Constant, unknown>;
  return (
    (dataType === "blob" || dataType === "dir") &&
    typeof size === "number" &&
    (label === undefined || typeof label === "string") &&
    (contentType === undefined || typeof contentType === "string") &&
    (data === undefined || data instanceof Uint8Array) &&
    (file === undefined || v.is(fileFacts, file))
  );
}
