import * as v from "valibot";
import { ON_FAILURE, SESSION_STATES } from "../../model/session-states.ts";
import type { TaskCounts } from "../../model/task-counts.ts";
import { pluginRef } from "./submission.ts";
import { blockedTasks, objectDescription, runningTask, skippedTasks, taskInfo } from "./tasks.ts";
import { errorJson, isoTime, measure, natural, positive } from "./values.ts";

/*
 * What clients learn from the server about sessions.
 */

export const sessionState = v.picklist(SESSION_STATES);
export const onFailure = v.picklist(ON_FAILURE);

export const taskCounts: v.GenericSchema<unknown, TaskCounts> = v.object({
  total: natural,
  waiting: natural,
  ready: natural,
  running: natural,
  finished: natural,
  failed: natural,
  cancelled: natural,
  skipped: natural,
});

const groupStatus = v.object({ name: v.string(), tasks: taskCounts });
export type GroupStatus = v.InferOutput<typeof groupStatus>;

export const sessionSummary = v.object({
  session: positive,
  name: v.string(),
  onFailure,
  state: sessionState,
  tasks: taskCounts,
  createdAt: isoTime,
  /** Absent until the session ends. */
  endedAt: v.optional(isoTime),
  /** Since it was created, until its end or now. */
  durationSeconds: measure,
  error: v.optional(errorJson),
});
export type SessionSummary = v.InferOutput<typeof sessionSummary>;

const sessionPlugin = v.object({
  ...v.pick(pluginRef, ["name", "package", "version", "hash"]).entries,
  /** Whether workers get it from the server if they lack it. */
  shipped: v.boolean(),
});
export type SessionPlugin = v.InferOutput<typeof sessionPlugin>;

export const sessionStatus = v.object({
  ...sessionSummary.entries,
  /** The plugins that its tasks need, as they were at the submit. */
  plugins: v.array(sessionPlugin),
  groups: v.array(groupStatus),
  blocked: v.array(blockedTasks),
  /** The tasks that run right now, at most 20. */
  runningTasks: v.array(taskInfo),
  /** The tasks that failed, at most 100. */
  failedTasks: v.array(taskInfo),
  /** The tasks that were skipped because of the first 100 that failed. */
  skippedTasks: v.array(skippedTasks),
  /** All kept objects. */
  kept: v.array(objectDescription),
});
export type SessionStatus = v.InferOutput<typeof sessionStatus>;

export const sessionProgress = v.object({
  session: positive,
  state: sessionState,
  tasks: taskCounts,
  groups: v.array(groupStatus),
  /** The tasks that have run for the longest time, at most 5, these first. Empty while much is left to do. */
  longest: v.array(runningTask),
  /** Number of ready tasks that no present worker can run. */
  blocked: natural,
  error: v.optional(errorJson),
});
export type SessionProgress = v.InferOutput<typeof sessionProgress>;
