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
export { blob, directory, file } from "./graph/constants.ts";
export {
  type RemoteArg,
  type RemoteArgs,
  type RemoteModule,
  type RemoteOptions,
  RemoteTask,
  remote,
} from "./graph/remote.ts";
export {
  type CaptureOptions,
  type OutputFile,
  program,
  type RunInputs,
  type RunOptions,
  type RunTemplate,
  type Shell,
  type Word,
  type WritableInput,
} from "./graph/run.ts";
export type { Duration, ResourceOptions, RetryOptions, TaskOptions, TaskSettings } from "./graph/settings.ts";
export * as tasks from "./graph/tasks.ts";
export { type SingleOutputOptions, type TypedTaskOptions, task } from "./graph/tasks.ts";
export {
  type ConstantSource,
  DataObject,
  type Inputs,
  type ObjectLike,
  type ObjectOptions,
  type OutputOptions,
  Task,
} from "./graph/values.ts";
export { Session, type SessionOptions, type WaitOptions } from "./session.ts";
export type { Submittable } from "./submit/collect.ts";
