import * as v from "valibot";
import type { ObjectState } from "../../model/objects.ts";
import { TASK_STATES } from "../../model/task-states.ts";
import { pluginRef, requirements } from "./submission.ts";
import { dataType, errorJson, isoTime, measure, natural, shortText, uint32 } from "./values.ts";

/*
 * What clients learn from the server about tasks, their types and their objects.
 */

export const taskState = v.picklist(TASK_STATES);

const objectState: v.GenericSchema<unknown, ObjectState> = v.picklist([
  "pending",
  "present",
  "released",
  "failed",
]);

export const objectDescription = v.object({
  object: uint32,
  /** Its name in session files and for `rain fetch`, if it has one. */
  ref: v.optional(v.string()),
  label: v.optional(v.string()),
  dataType,
  contentType: v.string(),
  kept: v.boolean(),
  state: objectState,
  /** Bytes, once it exists. */
  size: v.optional(measure),
  debug: v.optional(v.string()),
  /** What its task set, or else what was submitted. */
  user: v.optional(v.unknown()),
});
export type ObjectDescription = v.InferOutput<typeof objectDescription>;

/** Everything known about an object. */
export const dataObjectInfo = v.object({
  ...objectDescription.entries,
  /** Slots of the workers that have it. */
  workers: v.array(natural),
  /** Why it will never exist. */
  error: v.optional(errorJson),
});
export type DataObjectInfo = v.InferOutput<typeof dataObjectInfo>;

/** The names of a task. */
export const taskTitle = v.object({
  task: uint32,
  /** Its key in a session file. */
  key: v.optional(v.string()),
  name: v.optional(v.string()),
  type: v.string(),
});
export type TaskTitle = v.InferOutput<typeof taskTitle>;

export const runningTask = v.object({ ...taskTitle.entries, worker: natural, startedAt: isoTime });
export type RunningTask = v.InferOutput<typeof runningTask>;

export const taskInfo = v.object({
  ...taskTitle.entries,
  group: v.string(),
  ...requirements,
  state: taskState,
  /** Slot of the worker that has or had it. */
  worker: v.optional(natural),
  /** Number of failed runs. Absent if none failed. */
  failedRuns: v.optional(natural),
  /** When it runs again after a failure. */
  retryAt: v.optional(isoTime),
  /** For a skipped task: the failed one that it needs. */
  because: v.optional(taskTitle),
  /** Absent until its run has ended, unless the run is long. */
  startedAt: v.optional(isoTime),
  endedAt: v.optional(isoTime),
  durationSeconds: v.optional(measure),
  error: v.optional(errorJson),
  debug: v.optional(v.string()),
  user: v.optional(v.unknown()),
  outputs: v.array(objectDescription),
});
export type TaskInfo = v.InferOutput<typeof taskInfo>;

/** Ready tasks that no present worker can run. */
export const blockedTasks = v.object({
  count: natural,
  /** One of them. */
  example: taskTitle,
  /** Why each worker cannot run them. Empty if there are no workers. */
  reasons: v.array(v.object({ worker: natural, reason: v.string() })),
});
export type BlockedTasks = v.InferOutput<typeof blockedTasks>;

/** Tasks that will not run because one has failed. */
export const skippedTasks = v.object({
  because: taskTitle,
  count: natural,
  /** The first 100 of them. */
  examples: v.array(taskTitle),
});
export type SkippedTasks = v.InferOutput<typeof skippedTasks>;

export const taskTypeInfo = v.object({
  /** Canonical, such as `builtin/store`. */
  name: shortText,
  /** Other full names of it, such as `builtin/export`. */
  aliases: v.optional(v.array(shortText)),
  summary: v.string(),
  inputs: v.string(),
  outputs: v.string(),
  /** JSON Schema of the config. Absent if the type has no config. */
  config: v.optional(v.unknown()),
  /** The plugin of the type. Absent for built-in types. */
  plugin: v.optional(pluginRef),
  /** The workers that offer it. */
  workers: v.optional(v.array(natural)),
});
export type TaskTypeInfo = v.InferOutput<typeof taskTypeInfo>;
