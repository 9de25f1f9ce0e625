/*
 * The queries on the state that other rooms may use. They return `undefined` for sessions, tasks and objects
 * that do not exist.
 */

export type { ObjectState } from "../../model/objects.ts";
export type { TaskCounts } from "../../model/task-counts.ts";
export type { TaskState } from "../../model/task-states.ts";
export { type BlockedTasks, blockedCount, blockedTasks, workerReasons } from "./blocked.ts";
export { groupCounts, taskCounts } from "./counts.ts";
export { dumpState } from "./dump.ts";
export {
  isKept,
  keptObjects,
  objectProducer,
  objectReplica,
  objectSize,
  objectState,
  objectWorkers,
} from "./objects.ts";
export { type GraphColumns, graphColumns, measuredSeconds, sessionState } from "./sessions.ts";
export { awaitedTasks, failedRuns, retryTime, skipCause, taskState, tasksIn, taskWorker } from "./tasks.ts";
export { assignedTaskCount } from "./workers.ts";
