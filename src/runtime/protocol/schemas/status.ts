import * as v from "valibot";
import { dataType, errorJson, measure, natural, shortText, uint32 } from "./common.ts";
import { pluginRef, requirements } from "./submission.ts";

const sessionState = v.picklist(["open", "running", "finished", "failed", "cancelled", "closed"]);
export const taskState = v.picklist([
  "waiting",
  "ready",
  "assigned",
  "running",
  "finished",
  "failed",
  "cancelled",
  "skipped",
]);

const taskCounts = v.object({
  total: natural,
  waiting: natural,
  ready: natural,
  running: natural,
  finished: natural,
  failed: natural,
  skipped: v.optional(natural),
});

export const executorStatus = v.object({
  name: v.string(),
  pid: natural,
  cpus: measure,
  memory: measure,
  running: natural,
});

const workerStatus = v.object({
  id: natural,
  address: v.string(),
  hostname: v.string(),
  pid: natural,
  cpus: measure,
  memoryTotal: measure,
  resources: v.record(v.string(), natural),
  labels: v.record(v.string(), v.string()),
  state: v.picklist(["online", "offline"]),
  running: natural,
  cpuUse: v.optional(measure),
  memory: v.optional(measure),
  objectBytes: v.optional(measure),
  executors: v.optional(v.array(executorStatus)),
});

export const onFailure = v.picklist(["stop", "continue"]);

const summary = {
  id: natural,
  name: v.string(),
  onFailure,
  state: sessionState,
  tasks: taskCounts,
  createdAt: measure,
  endedAt: v.optional(measure),
  error: v.optional(errorJson),
};
export const sessionSummary = v.object(summary);

export const clusterStatus = v.object({
  server: v.object({
    address: v.string(),
    version: v.string(),
    runtime: v.string(),
    pid: natural,
    uptimeSeconds: measure,
  }),
  workers: v.array(workerStatus),
  sessions: v.array(sessionSummary),
});

const groupStatus = v.object({ name: v.string(), tasks: taskCounts });

export const objectDescription = v.object({
  object: uint32,
  ref: v.optional(v.string()),
  label: v.optional(v.string()),
  dataType,
  contentType: v.string(),
  kept: v.boolean(),
  state: v.picklist(["pending", "present", "released", "failed"]),
  size: v.optional(measure),
});

const title = {
  task: uint32,
  key: v.optional(v.string()),
  name: v.optional(v.string()),
  type: v.string(),
};
export const taskTitle = v.object(title);

export const taskInfo = v.object({
  ...title,
  group: v.string(),
  ...requirements,
  state: taskState,
  worker: v.optional(natural),
  failedRuns: v.optional(natural),
  retryAt: v.optional(measure),
  because: v.optional(taskTitle),
  startTime: v.optional(measure),
  duration: v.optional(measure),
  error: v.optional(errorJson),
  debug: v.optional(v.string()),
  user: v.optional(v.unknown()),
  outputs: v.array(objectDescription),
});

export const blockedTasks = v.object({
  tasks: natural,
  example: taskTitle,
  reasons: v.array(v.object({ worker: natural, reason: v.string() })),
});

export const placement = v.object({
  tasks: natural,
  estimatedSeconds: measure,
  workers: v.array(
    v.object({
      worker: natural,
      tasks: natural,
      fetchedInputs: natural,
      parts: v.array(v.object({ group: v.string(), type: v.string(), tasks: natural })),
      first: v.array(taskTitle),
    }),
  ),
  blocked: v.array(blockedTasks),
  waiting: natural,
});

export const sessionStatus = v.object({
  ...summary,
  plugins: v.array(
    v.object({ ...v.pick(pluginRef, ["name", "package", "version", "hash"]).entries, shipped: v.boolean() }),
  ),
  groups: v.array(groupStatus),
  blocked: v.array(blockedTasks),
  runningTasks: v.array(taskInfo),
  failedTasks: v.array(taskInfo),
  skippedTasks: v.array(v.object({ because: taskTitle, count: natural, tasks: v.array(taskTitle) })),
  kept: v.array(objectDescription),
});

export const sessionProgress = v.object({
  session: natural,
  state: sessionState,
  tasks: taskCounts,
  groups: v.array(groupStatus),
  blocked: natural,
  error: v.optional(errorJson),
});

export const taskTypeInfo = v.object({
  name: shortText,
  aliases: v.optional(v.array(shortText)),
  summary: v.string(),
  inputs: v.string(),
  outputs: v.string(),
  config: v.optional(v.unknown()),
  plugin: v.optional(pluginRef),
  workers: v.optional(v.array(natural)),
});

export const logEntry = v.object({
  time: measure,
  event: v.picklist([
    "session-opened",
    "submitted",
    "session-changed",
    "assigned",
    "started",
    "finished",
    "failed",
    "skipped",
    "unkept",
    "worker-joined",
    "worker-changed",
    "worker-lost",
    "worker-resumed",
    "found",
    "restarted",
    "server-started",
    "server-stopped",
  ]),
  session: v.optional(natural),
  task: v.optional(uint32),
  key: v.optional(v.string()),
  name: v.optional(v.string()),
  type: v.optional(v.string()),
  worker: v.optional(natural),
  message: v.optional(v.string()),
  duration: v.optional(measure),
  attempt: v.optional(natural),
  attempts: v.optional(natural),
  retryAt: v.optional(measure),
  state: v.optional(sessionState),
  error: v.optional(errorJson),
  debug: v.optional(v.string()),
  stdout: v.optional(v.string()),
  stderr: v.optional(v.string()),
});
