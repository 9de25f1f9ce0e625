/* The client: values that describe a graph, and the sessions that run it. */
export type {
  BlockedTasks,
  ClusterStatus,
  DataObjectInfo,
  DataType,
  ExecutorStatus,
  GroupStatus,
  LogEntry,
  LogQuery,
  ObjectDescription,
  ObjectState,
  OnFailure,
  PlacedTasks,
  Placement,
  PluginRef,
  Resources,
  RetryRule,
  RunningTask,
  SessionPlugin,
  SessionProgress,
  SessionRef,
  SessionState,
  SessionStatus,
  SessionSummary,
  SkippedTasks,
  TaskCounts,
  TaskInfo,
  TaskRunStory,
  TaskStory,
  TaskTitle,
  TaskTypeInfo,
  TaskTypes,
  WaitingStory,
  Where,
  WorkerStatus,
} from "../protocol/messages/index.ts";
export type { Trust } from "../security/credentials.ts";
export { Client } from "./client.ts";
export { type ClientOptions, connect } from "./connection/connect.ts";
export type { ClientLog } from "./connection/connection.ts";
export type { Download, FetchedInfo } from "./fetch/download.ts";
export { Fetching, type Instance } from "./fetch/fetching.ts";
export { saveNew } from "./fetch/save.ts";
export { blob, directory, file } from "./graph/constants.ts";
export {
  abortSignal,
  type Callable,
  type RemoteArg,
  type RemoteArgs,
  type RemoteFunction,
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
  type Owner,
  Task,
} from "./graph/values.ts";
export { Session, type SessionOptions, type WaitOptions } from "./session.ts";
export type { Submittable } from "./submit/collect.ts";
