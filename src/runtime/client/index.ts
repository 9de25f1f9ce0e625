/** The client: values that describe a graph, and the sessions that run it. */
export type {
  BlockedTasks,
  ClusterStatus,
  ExecutorStatus,
  LogEntry,
  LogQuery,
  ObjectDescription,
  Placement,
  SessionProgress,
  SessionRef,
  SessionState,
  SessionStatus,
  SessionSummary,
  TaskCounts,
  TaskInfo,
  TaskTypeInfo,
  WorkerStatus,
} from "../protocol/client-messages.ts";
export type { RetryRule } from "../protocol/submission.ts";
export type { TaskRunStory, TaskStory, WaitingStory } from "../protocol/task-story.ts";
export { Client } from "./client.ts";
export type { Submittable } from "./collect.ts";
export { type ClientOptions, connect } from "./connect.ts";
export { type Download, type FetchedInfo, Fetching, type Instance } from "./fetching.ts";
export { type RemoteArgs, type RemoteModule, type RemoteOptions, RemoteTask, remote } from "./remote.ts";
export { program, type RunInputs, type RunOptions, type RunTemplate } from "./run.ts";
export { Session, type SessionOptions, type WaitOptions } from "./session.ts";
export * as tasks from "./tasks.ts";
export { task } from "./tasks.ts";
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
} from "./values.ts";
