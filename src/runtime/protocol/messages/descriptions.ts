import type { ErrorJson } from "../../errors.ts";
import type { ObjectState } from "../../model/objects.ts";
import type { Resources, Where } from "../../model/resources.ts";
import type { RetryRule } from "../../model/retry-rule.ts";
import type { OnFailure, SessionState } from "../../model/session-states.ts";
import type { TaskCounts } from "../../model/task-counts.ts";
import type { TaskState } from "../../model/task-states.ts";
import type { DataType, PluginRef } from "./submission.ts";

/*
 * What the server tells clients of the cluster, of sessions, their tasks and objects, and of what happened.
 */

export type { OnFailure, SessionState, TaskCounts, TaskState };

export interface WorkerStatus {
  id: number;
  /** `HOST:PORT` of its data server. */
  address: string;
  hostname: string;
  pid: number;
  cpus: number;
  /** Bytes that its tasks may ask for. */
  memoryTotal: number;
  /** Amounts of named resources. */
  resources: Record<string, number>;
  labels: Record<string, string>;
  state: "online" | "offline";
  /** Tasks it has now. */
  running: number;
  /** The last sample, absent before the first. */
  cpuUse?: number;
  memory?: number;
  objectBytes?: number;
  executors?: ExecutorStatus[];
}

/** A process that runs the code of tasks, with all that it started. */
export interface ExecutorStatus {
  /** Such as `plugin arrow@1.0.0`. */
  name: string;
  pid: number;
  /** Cpus in use: 1 is one cpu. */
  cpus: number;
  /** Resident bytes. */
  memory: number;
  /** Tasks that it was handed and has not ended. */
  running: number;
}

export interface SessionSummary {
  id: number;
  name: string;
  onFailure: OnFailure;
  state: SessionState;
  tasks: TaskCounts;
  /** Milliseconds since the epoch, on the server's clock. */
  createdAt: number;
  endedAt?: number;
  error?: ErrorJson;
}

export interface ClusterStatus {
  server: { address: string; version: string; runtime: string; pid: number; uptimeSeconds: number };
  workers: WorkerStatus[];
  sessions: SessionSummary[];
}

export interface GroupStatus {
  name: string;
  tasks: TaskCounts;
}

export interface TaskInfo {
  task: number;
  key?: string;
  name?: string;
  type: string;
  group: string;
  resources: Resources;
  where?: Where;
  priority?: number;
  retries?: number | RetryRule;
  /** Seconds. */
  timeout?: number;
  state: TaskState;
  /** Slot of the worker that has or had it. */
  worker?: number;
  /** Runs that have failed; absent for none. */
  failedRuns?: number;
  /** When it runs again after a failure: milliseconds since the epoch. */
  retryAt?: number;
  /** Of a skipped task: the failed one that it needs. */
  because?: TaskTitle;
  /** Milliseconds since the epoch. */
  startTime?: number;
  /** Seconds. */
  duration?: number;
  error?: ErrorJson;
  debug?: string;
  user?: unknown;
  outputs: ObjectDescription[];
}

export interface ObjectDescription {
  object: number;
  /** How a session file or `rain fetch` names it, where it has a name. */
  ref?: string;
  label?: string;
  dataType: DataType;
  contentType: string;
  kept: boolean;
  state: ObjectState;
  /** Bytes, once it exists. */
  size?: number;
}

/** By what people know a task. */
export type TaskTitle = Pick<TaskInfo, "task" | "key" | "name" | "type">;

/** Tasks that will not run because one has failed. */
export interface SkippedTasks {
  because: TaskTitle;
  count: number;
  /** The first 100 of them. */
  tasks: TaskTitle[];
}

/** Ready tasks that no present worker can run. */
export interface BlockedTasks {
  tasks: number;
  /** One of them. */
  example: TaskTitle;
  /** Why not, of each worker; empty when there are no workers. */
  reasons: { worker: number; reason: string }[];
}

/** Tasks of one group and type. */
export interface PlacedTasks {
  group: string;
  type: string;
  tasks: number;
}

/** Where the tasks of a graph would run, if the workers had nothing else to do. */
export interface Placement {
  tasks: number;
  /** From what tasks of the same type have taken, else from a second each; transfers are left out. */
  estimatedSeconds: number;
  workers: {
    worker: number;
    tasks: number;
    /** Inputs that it brings from the server and from other workers. */
    fetchedInputs: number;
    parts: PlacedTasks[];
    /** What it starts with. */
    first: TaskTitle[];
  }[];
  /** What no present worker can run, and how many tasks wait for that. */
  blocked: BlockedTasks[];
  waiting: number;
}

export interface SessionStatus extends SessionSummary {
  /** The plugins that its tasks need, each as it was at the submit. */
  plugins: SessionPlugin[];
  groups: GroupStatus[];
  blocked: BlockedTasks[];
  /** The tasks that run right now, at most 20; and those that failed, at most 100. */
  runningTasks: TaskInfo[];
  failedTasks: TaskInfo[];
  /** What was skipped because of the first 100 that failed. */
  skippedTasks: SkippedTasks[];
  /** Everything kept. */
  kept: ObjectDescription[];
}

export interface SessionPlugin extends Pick<PluginRef, "name" | "package" | "version" | "hash"> {
  /** Whether workers without it get it from the server. */
  shipped: boolean;
}

export interface TaskTypeInfo {
  /** Canonical, such as `builtin/store`. */
  name: string;
  /** Other full names of it, such as `builtin/export`. */
  aliases?: string[];
  summary: string;
  inputs: string;
  outputs: string;
  /** JSON Schema of the config, absent where it takes none. */
  config?: unknown;
  /** The plugin that brings it; absent for one that Rain brings itself. */
  plugin?: PluginRef;
  /** The workers that offer it. */
  workers?: number[];
}

/** One line of `rain logs`. */
export interface LogEntry {
  /** Milliseconds since the epoch, on the server's clock. */
  time: number;
  event:
    | "session-opened"
    | "submitted"
    | "session-changed"
    | "assigned"
    | "started"
    | "finished"
    | "failed"
    | "skipped"
    | "unkept"
    | "worker-joined"
    | "worker-changed"
    | "worker-lost"
    | "worker-resumed"
    | "found"
    | "restarted"
    | "server-started"
    | "server-stopped";
  session?: number;
  task?: number;
  /** Of the task: its key in a session file, and its name for people. */
  key?: string;
  name?: string;
  type?: string;
  worker?: number;
  /** For people. */
  message?: string;
  duration?: number;
  /** Of a failed run: the how manieth it was, from 1, of how many at most, and when the next begins at the earliest. */
  attempt?: number;
  attempts?: number;
  retryAt?: number;
  state?: SessionState;
  error?: ErrorJson;
  debug?: string;
  stdout?: string;
  stderr?: string;
}
