import { failedRuns, retryTime, skipCause, taskState, taskWorker } from "../../core/index.ts";
import { isoTime } from "../../model/iso-time.ts";
import type { RunningTask, TaskInfo, TaskTitle } from "../../protocol/messages/index.ts";
import type { Registry } from "../cluster/registry.ts";
import { epochTime } from "../cluster/wake-timer.ts";
import { failureOf } from "../sessions/failure-errors.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { outputRange } from "../sessions/task-objects.ts";
import { describeObject } from "./objects.ts";

/** The names of a task, for output. */
export function titleOf(record: SessionRecord, task: number): TaskTitle {
  return {
    task,
    key: record.taskKeys.get(task),
    name: record.names.get(task),
    type: record.typeOf(task),
  };
}

/** When the current run of a task was started, if the worker has told. */
function startOf(cluster: Registry, record: SessionRecord, task: number): string | undefined {
  const time = record.startTimes.get(task);
  const isRunning = time !== undefined && taskState(cluster.core, record.id, task) === "running";
  return isRunning ? isoTime(time) : undefined;
}

/** The tasks that have run for the longest time, these first. */
export function longestRunning(cluster: Registry, record: SessionRecord, limit: number): RunningTask[] {
  const found: RunningTask[] = [];
  for (const [task] of [...record.startTimes].sort(([, one], [, other]) => one - other)) {
    if (found.length === limit) break;
    const startedAt = startOf(cluster, record, task);
    const worker = taskWorker(cluster.core, record.id, task);
    if (startedAt !== undefined && worker !== undefined)
      found.push({ ...titleOf(record, task), worker, startedAt });
  }
  return found;
}

function timesOf(cluster: Registry, record: SessionRecord, task: number) {
  const times = record.timesOf(task);
  const startedAt = startOf(cluster, record, task);
  if (startedAt !== undefined) return { startedAt };
  if (times === undefined) return {};
  const { startTime, duration } = times;
  return {
    startedAt: isoTime(startTime),
    endedAt: isoTime(startTime + duration * 1000),
    durationSeconds: duration,
  };
}

export function taskInfo(cluster: Registry, record: SessionRecord, task: number): TaskInfo {
  const worker = taskWorker(cluster.core, record.id, task);
  const { resources, where, priority, retries, timeout, outputs } = record.kindOf(task);
  const { first } = outputRange(record, cluster.graph(record), task);
  const failure = failureOf(cluster, record, task);
  const failures = failedRuns(cluster.core, record.id, task);
  const retryAt = retryTime(cluster.core, record.id, task);
  const cause = skipCause(cluster.core, record.id, task);
  return {
    task,
    key: record.taskKeys.get(task),
    name: record.names.get(task),
    type: record.typeOf(task),
    group: record.groupOf(task),
    resources,
    where,
    priority,
    retries,
    timeout,
    state: taskState(cluster.core, record.id, task) ?? "waiting",
    ...(worker !== undefined && { worker }),
    ...(failures > 0 && { failedRuns: failures }),
    ...(retryAt !== undefined && { retryAt: isoTime(epochTime(retryAt)) }),
    ...(cause !== undefined && { because: titleOf(record, cause) }),
    ...timesOf(cluster, record, task),
    ...(failure && { error: failure.toJSON() }),
    debug: record.debug.get(task),
    user: record.resultUsers.has(task) ? record.resultUsers.get(task) : record.users.get(task),
    outputs: outputs.map((_, i) => describeObject(cluster, record, first + i)),
  };
}
