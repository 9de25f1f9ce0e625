/* Describes the cluster, sessions, tasks and objects for status requests. */

import {
  blockedCount,
  blockedTasks,
  type BlockedTasks as CoreBlockedTasks,
  groupCounts,
  keptObjects,
  sessionState,
  skipCause,
  taskCounts,
  tasksIn,
} from "../../core/index.ts";
import { type ErrorJson, RainError } from "../../errors.ts";
import { isoTime } from "../../model/iso-time.ts";
import { NO_TASKS } from "../../model/task-counts.ts";
import type {
  BlockedTasks,
  SessionPlugin,
  SessionProgress,
  SessionState,
  SessionStatus,
  SessionSummary,
  SkippedTasks,
} from "../../protocol/messages/index.ts";
import type { Registry } from "../cluster/registry.ts";
import { failureSummary } from "../sessions/failure-errors.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { describeObject } from "./objects.ts";
import { longestRunning, taskInfo, titleOf } from "./tasks.ts";

export const MAX_RUNNING_SHOWN = 20;

export const MAX_FAILED_SHOWN = 100;

/** With so few tasks left, progress names those that have run for the longest time. */
const FEW_TASKS = 20;
const MAX_LONGEST = 5;

export function sessionSummary(cluster: Registry, record: SessionRecord): SessionSummary {
  return {
    session: record.id,
    name: record.name,
    onFailure: record.onFailure,
    state: stateOf(cluster, record),
    tasks: taskCounts(cluster.core, record.id) ?? NO_TASKS,
    createdAt: isoTime(record.createdAt),
    ...(record.endedAt !== undefined && { endedAt: isoTime(record.endedAt) }),
    durationSeconds: Math.max(0, (record.endedAt ?? Date.now()) - record.createdAt) / 1000,
    ...errorOf(cluster, record),
  };
}

/** The error that a session ended with, if any. */
export function errorOf(cluster: Registry, record: SessionRecord): { error?: ErrorJson } {
  const isFailed = stateOf(cluster, record) === "failed";
  const error = record.error ?? (isFailed ? failureSummary(cluster, record) : undefined);
  return error ? { error: error.toJSON() } : {};
}

export function sessionProgress(cluster: Registry, record: SessionRecord): SessionProgress {
  const tasks = taskCounts(cluster.core, record.id) ?? NO_TASKS;
  const isNearEnd = tasks.waiting + tasks.ready + tasks.running <= FEW_TASKS;
  return {
    session: record.id,
    state: stateOf(cluster, record),
    tasks,
    longest: isNearEnd ? longestRunning(cluster, record, MAX_LONGEST) : [],
    groups: groupCounts(cluster.core, record.id),
    blocked: blockedCount(cluster.core, record.id),
    ...errorOf(cluster, record),
  };
}

/** Describes a session. It visits all tasks and objects, so it is too slow for progress. */
export function sessionStatus(cluster: Registry, record: SessionRecord): SessionStatus {
  const running = tasksIn(cluster.core, record.id, ["running"], MAX_RUNNING_SHOWN);
  const failed = record.failures.tasks(MAX_FAILED_SHOWN);
  return {
    ...sessionSummary(cluster, record),
    plugins: pluginsOf(record),
    groups: groupCounts(cluster.core, record.id),
    blocked: describeBlocked(blockedTasks(cluster.core, record.id), record),
    runningTasks: running.map((task) => taskInfo(cluster, record, task)),
    failedTasks: failed.map((task) => taskInfo(cluster, record, task)),
    skippedTasks: skippedTasks(cluster, record, failed),
    kept: keptObjects(cluster.core, record.id).map((object) => describeObject(cluster, record, object)),
  };
}

/** The tasks that were skipped because of each failed task. */
export function skippedTasks(cluster: Registry, record: SessionRecord, failed: number[]): SkippedTasks[] {
  if (!taskCounts(cluster.core, record.id)?.skipped) return [];
  const byCause = new Map(failed.map((task) => [task, [] as number[]]));
  for (const task of tasksIn(cluster.core, record.id, ["skipped"], Number.POSITIVE_INFINITY)) {
    byCause.get(skipCause(cluster.core, record.id, task)!)?.push(task);
  }
  const groups = [...byCause].filter(([, tasks]) => tasks.length > 0);
  return groups.map(([cause, tasks]) => ({
    because: titleOf(record, cause),
    count: tasks.length,
    examples: tasks.slice(0, MAX_FAILED_SHOWN).map((task) => titleOf(record, task)),
  }));
}

export function pluginsOf({ kinds }: SessionRecord): SessionPlugin[] {
  const plugins = new Map<string, SessionPlugin>();
  for (const { plugin, shipped = false } of kinds) {
    if (!plugin) continue;
    const { name, package: packageName, version, hash } = plugin;
    plugins.set(`${hash} ${shipped}`, { name, package: packageName, version, hash, shipped });
  }
  return [...plugins.values()];
}

export function describeBlocked(blocked: CoreBlockedTasks[], record: SessionRecord): BlockedTasks[] {
  return blocked.map(({ tasks, example, reasons }) => ({
    count: tasks,
    example: titleOf(record, example),
    reasons,
  }));
}

export function stateOf(cluster: Registry, record: SessionRecord): SessionState {
  const state = sessionState(cluster.core, record.id);
  if (!state) throw new RainError("INTERNAL", `session ${record.id} has no state`);
  return state;
}
