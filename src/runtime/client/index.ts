/* The client: values that describe a graph, and the sessions that run it. */
export type {
  BlockedTasks,
  ClusterStatus,
  ExecutorStatus,
  LogEntry,
  LogQuery,
  ObjectDescription,
  Placement,
  RetryRule,
  SessionProgress,
  SessionRef,
  SessionState,
  SessionStatus,
  SessionSummary,
  TaskCounts,
  TaskInfo,
  TaskRunStory,
  TaskStory,
  TaskTypeInfo,
  WaitingStory,
  WorkerStatus,
} from "../protocol/messages/index.ts";
export { Client } from "./client.ts";
export { type ClientOptions, connect } from "./connection/connect.ts";
export type { Download, FetchedInfo } from "./fetch/download.ts";
export { Fetching, type Instance } from "./fetch/fetching.ts";
export {
  type RemoteArgs,
  type RemoteModule,
  type RemoteOptions,
  RemoteTask,
  remote,
} from "./graph/remote.ts";
export { program, type RunInputs, type RunOptions, type RunTemplate, type Shell } from "./graph/run.ts";
export * as tasks from "./graph/tasks.ts";
export { task } from "./graph/tasks.ts";
export {
  blob,
  DataObject,
  directory,
  file,
  type Inputs,
  type ObjectLike,
  type ObjectOptions,
  type OutputOptions,
  Task,
  type TaskOptions,
} from "./graph/values.ts";
export { Session, type SessionOptions, type WaitOptions } from "./session.ts";
export type { Submittable } from "./submit/collect.ts";
