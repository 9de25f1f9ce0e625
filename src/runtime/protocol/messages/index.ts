/*
 * The messages between Rain's processes. Schemas define them, and their types are inferred from the schemas. This file exports only
 * the types. Import schemas and parsers from their own files, so that a process loads only those that it uses.
 */

export type { ObjectState } from "../../model/objects.ts";
export type { Resources, Where } from "../../model/resources.ts";
export type { RetryRule } from "../../model/retry-rule.ts";
export type { OnFailure, SessionState } from "../../model/session-states.ts";
export { NO_TASKS, type TaskCounts } from "../../model/task-counts.ts";
export type { ClientHello, ClientToServer, ClientWelcome, ServerToClient } from "./client-link.ts";
export type { ClusterStatus, ExecutorStatus, PlacedTasks, Placement, WorkerStatus } from "./cluster.ts";
export type { LogEntry, LogQuery } from "./logs.ts";
export type { Method, Methods, NewSession, SessionRef, TaskTypes } from "./methods.ts";
export type {
  GroupStatus,
  SessionPlugin,
  SessionProgress,
  SessionStatus,
  SessionSummary,
} from "./sessions.ts";
export type {
  Constant,
  ObjectSpec,
  PluginRef,
  SparseTexts,
  SparseValues,
  Submission,
  TaskKind,
} from "./submission.ts";
export type { TaskRunStory, TaskStory, WaitingStory } from "./task-story.ts";
export type {
  BlockedTasks,
  DataObjectInfo,
  ObjectDescription,
  RunningTask,
  SkippedTasks,
  TaskInfo,
  TaskTitle,
  TaskTypeInfo,
} from "./tasks.ts";
export type { DataType, FileFacts } from "./values.ts";
export type {
  Assign,
  FinishedExtra,
  InventoryPart,
  ObjectCopy,
  ObjectInfo,
  ObjectRemarks,
  PeerAddress,
  ServerToWorker,
  WorkerHello,
  WorkerSample,
  WorkerToServer,
  WorkerWelcome,
} from "./worker-link.ts";
