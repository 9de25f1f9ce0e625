import * as v from "valibot";
import type { Constant, Submission } from "../messages/submission.ts";
import {
  bytes,
  dataType,
  longList,
  measure,
  natural,
  numbers,
  sha256,
  shortText,
  texts,
  uint32,
} from "./common.ts";

export const objectSpec = v.object({
  label: v.optional(v.string()),
  contentType: v.optional(v.string()),
  dataType,
  user: v.optional(v.unknown()),
});

/** What the tasks of a kind need, and how they are run. */
export const requirements = {
  resources: v.object({
    cpus: measure,
    memory: v.optional(measure),
    named: v.optional(v.record(v.string(), natural)),
  }),
  where: v.optional(
    v.object({
      workers: v.optional(v.array(natural)),
      labels: v.optional(v.record(v.string(), v.string())),
    }),
  ),
  priority: v.optional(v.pipe(v.number(), v.integer())),
  retries: v.optional(
    v.union([
      natural,
      v.object({
        times: natural,
        delay: v.optional(measure),
        backoff: v.optional(measure),
        maxDelay: v.optional(measure),
      }),
    ]),
  ),
  timeout: v.optional(measure),
};

/** A path that stays where it starts from. */
const innerPath = v.pipe(
  v.string(),
  v.check(
    (path) => !path.startsWith("/") && !path.split("/").includes("..") && !/[\\\0]/.test(path),
    "expected a path that leads nowhere else",
  ),
);

export const executorCommand = v.object({
  command: v.string(),
  args: v.optional(v.array(v.string())),
  env: v.optional(v.record(v.string(), v.string())),
});

export const pluginRef = v.object({
  name: shortText,
  package: shortText,
  version: shortText,
  hash: sha256,
  folder: innerPath,
  entry: innerPath,
  executor: v.optional(executorCommand),
});

export const taskKind = v.object({
  type: shortText,
  plugin: v.optional(pluginRef),
  shipped: v.optional(v.boolean()),
  ...requirements,
  inputLabels: v.optional(v.array(v.string())),
  outputs: v.array(objectSpec),
  group: uint32,
});

const constants = longList("constants", isConstant);
const sparseTexts = v.object({ of: numbers, text: texts });

/** The shape of a submission; `checkSubmission` looks at what is in its columns. */
export const submission: v.GenericSchema<unknown, Submission> = v.object({
  firstTask: uint32,
  firstObject: uint32,
  constants,
  kinds: v.array(taskKind),
  groups: texts,
  kind: numbers,
  inputStart: numbers,
  inputs: numbers,
  config: numbers,
  configs: v.object({ start: numbers, bytes }),
  keep: numbers,
  names: sparseTexts,
  taskKeys: sparseTexts,
  constantKeys: sparseTexts,
  users: v.object({ of: numbers, value: v.array(v.unknown()) }),
});

/** By hand, since a session may have a million constants. */
function isConstant(value: unknown): value is Constant {
  if (typeof value !== "object" || value === null) return false;
  const { label, contentType, dataType, size, data } = value as Record<keyof Constant, unknown>;
  return (
    (dataType === "blob" || dataType === "dir") &&
    typeof size === "number" &&
    (label === undefined || typeof label === "string") &&
    (contentType === undefined || typeof contentType === "string") &&
    (data === undefined || data instanceof Uint8Array)
  );
}
