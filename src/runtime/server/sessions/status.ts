import {
  assignedTaskCount,
  blockedCount,
  blockedTasks,
  type BlockedTasks as CoreBlockedTasks,
  failedRuns,
  groupCounts,
  isKept,
  keptObjects,
  objectProducer,
  objectSize,
  objectState,
  retryTime,
  sessionState,
  skipCause,
  taskCounts,
  taskState,
  tasksIn,
  taskWorker,
} from "../../core/index.ts";
import { type ErrorJson, RainError } from "../../errors.ts";
import type {
  BlockedTasks,
  ClusterStatus,
  ObjectDescription,
  SessionPlugin,
  SessionProgress,
  SessionState,
  SessionStatus,
  SessionSummary,
  SkippedTasks,
  TaskCounts,
  TaskInfo,
  TaskTitle,
  TaskTypeInfo,
  WorkerStatus,
} from "../../protocol/messages/client-messages.ts";
import type { ObjectSpec } from "../../protocol/messages/submission.ts";
import type { Cluster, WorkerHandle } from "../cluster/cluster.ts";
import { epochTime } from "../cluster/wake-timer.ts";
import { addressOf } from "../cluster/workers.ts";
import { failureOf, failureSummary } from "./failures.ts";
import { refOf } from "./refs.ts";
import type { SessionRecord } from "./session-record.ts";

const MAX_RUNNING_SHOWN = 20;
const MAX_FAILED_SHOWN = 100;
export const NO_TASKS: TaskCounts = { total: 0, waiting: 0, ready: 0, running: 0, finished: 0, failed: 0 };

export function clusterStatus(cluster: Cluster, server: ClusterStatus["server"]): ClusterStatus {
  return {
    server,
    workers: [...cluster.workers.values()].map((worker) => workerStatus(cluster, worker)),
    sessions: [...cluster.sessions.values()].map((record) => sessionSummary(cluster, record)),
  };
}

function workerStatus(cluster: Cluster, worker: WorkerHandle): WorkerStatus {
  const { slot, hello, link, sample } = worker;
  return {
    id: slot,
    address: addressOf(worker),
    hostname: hello.hostname,
    pid: hello.pid,
    cpus: hello.cpus,
    memoryTotal: hello.memory,
    resources: hello.resources,
    labels: hello.labels,
    state: link.state === "open" ? "online" : "offline",
    running: assignedTaskCount(cluster.core, slot),
    ...(sample && {
      cpuUse: sample.cpus,
      memory: sample.memory + sample.programMemory,
      objectBytes: sample.objectMemory + sample.objectFiles,
      executors: sample.executors,
    }),
  };
}

export function sessionSummary(cluster: Cluster, record: SessionRecord): SessionSummary {
  return {
    id: record.id,
    name: record.name,
    onFailure: record.onFailure,
    state: stateOf(cluster, record),
    tasks: taskCounts(cluster.core, record.id) ?? NO_TASKS,
    createdAt: record.createdAt,
    ...(record.endedAt !== undefined && { endedAt: record.endedAt }),
    ...errorOf(cluster, record),
  };
}

/** What ended it, early or at its end. */
function errorOf(cluster: Cluster, record: SessionRecord): { error?: ErrorJson } {
  const isFailed = stateOf(cluster, record) === "failed";
  const error = record.error ?? (isFailed ? failureSummary(cluster, record) : undefined);
  return error ? { error: error.toJSON() } : {};
}

export function sessionProgress(cluster: Cluster, record: SessionRecord): SessionProgress {
  return {
    session: record.id,
    state: stateOf(cluster, record),
    tasks: taskCounts(cluster.core, record.id) ?? NO_TASKS,
    groups: groupCounts(cluster.core, record.id),
    blocked: blockedCount(cluster.core, record.id),
    ...errorOf(cluster, record),
  };
}

/** One pass over the tasks and objects: for people who ask, not for progress. */
export function sessionStatus(cluster: Cluster, record: SessionRecord): SessionStatus {
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

/** What was skipped because of each of these failed tasks. */
function skippedTasks(cluster: Cluster, record: SessionRecord, failed: number[]): SkippedTasks[] {
  if (!taskCounts(cluster.core, record.id)?.skipped) return [];
  const byCause = new Map(failed.map((task) => [task, [] as number[]]));
  for (const task of tasksIn(cluster.core, record.id, ["skipped"], Number.POSITIVE_INFINITY)) {
    byCause.get(skipCause(cluster.core, record.id, task)!)?.push(task);
  }
  const groups = [...byCause].filter(([, tasks]) => tasks.length > 0);
  return groups.map(([cause, tasks]) => ({
    because: titleOf(record, cause),
    count: tasks.length,
    tasks: tasks.slice(0, MAX_FAILED_SHOWN).map((task) => titleOf(record, task)),
  }));
}

function pluginsOf({ kinds }: SessionRecord): SessionPlugin[] {
  const plugins = new Map<string, SessionPlugin>();
  for (const { plugin, shipped = false } of kinds) {
    if (!plugin) continue;
    const { name, package: packageName, version, hash } = plugin;
    plugins.set(`${hash} ${shipped}`, { name, package: packageName, version, hash, shipped });
  }
  return [...plugins.values()];
}

export function describeBlocked(blocked: CoreBlockedTasks[], record: SessionRecord): BlockedTasks[] {
  return blocked.map(({ example, ...rest }) => ({ ...rest, example: titleOf(record, example) }));
}

/** By what people know a task. */
export function titleOf(record: SessionRecord, task: number): TaskTitle {
  return {
    task,
    key: record.taskKeys.get(task),
    name: record.names.get(task),
    type: record.typeOf(task),
  };
}

export function taskInfo(cluster: Cluster, record: SessionRecord, task: number): TaskInfo {
  const worker = taskWorker(cluster.core, record.id, task);
  const { resources, where, priority, retries, timeout } = record.kinds[record.kindOf(task)];
  const first = cluster.graph(record).firstOutput[task];
  const failure = failureOf(cluster, record, task);
  const failures = failedRuns(cluster.core, record.id, task);
  const retryAt = retryTime(cluster.core, record.id, task);
  const cause = skipCause(cluster.core, record.id, task);
  return {
    task,
    key: record.taskKeys.get(task),
    name: record.names.get(task),
    type: record.typeOf(task),
    group: record.kindGroups[record.kindOf(task)],
    resources,
    where,
    priority,
    retries,
    timeout,
    state: taskState(cluster.core, record.id, task) ?? "waiting",
    ...(worker !== undefined && { worker }),
    ...(failures > 0 && { failedRuns: failures }),
    ...(retryAt !== undefined && { retryAt: epochTime(retryAt) }),
    ...(cause !== undefined && { because: titleOf(record, cause) }),
    ...record.timesOf(task),
    ...(failure && { error: failure.toJSON() }),
    debug: record.debug.get(task),
    user: record.users.get(task),
    outputs: record.kinds[record.kindOf(task)].outputs.map((_, i) =>
      describeObject(cluster, record, first + i),
    ),
  };
}

/** What was declared of an object. */
function specOf(cluster: Cluster, record: SessionRecord, object: number): ObjectSpec | undefined {
  const task = objectProducer(cluster.core, record.id, object);
  if (task === undefined) return record.constantSpec(object);
  return record.kinds[record.kindOf(task)].outputs[object - cluster.graph(record).firstOutput[task]];
}

/** As it turned out at run time, else as it was declared. */
export function contentTypeOf(cluster: Cluster, record: SessionRecord, object: number): string {
  return record.contentTypes.get(object) ?? specOf(cluster, record, object)?.contentType ?? "";
}

export function describeObject(cluster: Cluster, record: SessionRecord, object: number): ObjectDescription {
  const graph = cluster.graph(record);
  const spec = specOf(cluster, record, object);
  const size = objectSize(cluster.core, record.id, object);
  return {
    object,
    ref: refOf(record, graph, object),
    label: spec?.label,
    dataType: spec?.dataType ?? "blob",
    contentType: contentTypeOf(cluster, record, object),
    kept: isKept(cluster.core, record.id, object),
    state: objectState(cluster.core, record.id, object) ?? "pending",
    ...(size !== undefined && { size }),
  };
}

export function taskTypes(cluster: Cluster): { types: TaskTypeInfo[]; contentTypes: string[] } {
  const types = new Map<string, TaskTypeInfo>();
  const contentTypes = new Set<string>();
  for (const worker of cluster.workers.values()) {
    for (const type of worker.hello.taskTypes) {
      const key = `${type.name} ${type.plugin?.hash}`;
      const known = types.get(key);
      types.set(key, { ...type, workers: [...(known?.workers ?? []), worker.slot] });
    }
    for (const name of worker.hello.contentTypes) contentTypes.add(name);
  }
  return { types: [...types.values()], contentTypes: [...contentTypes] };
}

function stateOf(cluster: Cluster, record: SessionRecord): SessionState {
  const state = sessionState(cluster.core, record.id);
  if (!state) throw new RainError("INTERNAL", `session ${record.id} has no state`);
  return state;
}
