import * as v from "valibot";
import { sessionSummary, taskCounts } from "./sessions.ts";
import { blockedTasks, taskTitle } from "./tasks.ts";
import { measure, natural } from "./values.ts";

/*
 * What clients learn from the server about itself and its workers.
 */

/** A process that runs the code of tasks, with all processes that it started. */
export const executorStatus = v.object({
  /** Such as `plugin arrow@1.0.0`. */
  name: v.string(),
  pid: natural,
  /** Cpus in use: 1 is one cpu. */
  cpus: measure,
  /** Resident bytes. */
  memory: measure,
  /** Unfinished tasks. */
  running: natural,
});
export type ExecutorStatus = v.InferOutput<typeof executorStatus>;

const workerStatus = v.object({
  id: natural,
  /** `HOST:PORT` of its data server. */
  address: v.string(),
  hostname: v.string(),
  pid: natural,
  cpus: measure,
  /** Bytes that its tasks may request. */
  memoryTotal: measure,
  /** Amounts of named resources. */
  resources: v.record(v.string(), natural),
  labels: v.record(v.string(), v.string()),
  state: v.picklist(["online", "offline"]),
  /** Tasks it has now. */
  running: natural,
  /** Cpus in use according to the last sample; absent before the first, as are the fields below. */
  cpuUse: v.optional(measure),
  /** Resident bytes of the worker and of the programs it runs. */
  memory: v.optional(measure),
  /** Bytes of the objects that it stores. */
  objectBytes: v.optional(measure),
  executors: v.optional(v.array(executorStatus)),
});
export type WorkerStatus = v.InferOutput<typeof workerStatus>;

export const clusterStatus = v.object({
  server: v.object({
    address: v.string(),
    version: v.string(),
    runtime: v.string(),
    pid: natural,
    uptimeSeconds: measure,
  }),
  workers: v.array(workerStatus),
  /** The newest first. */
  sessions: v.array(sessionSummary),
});
export type ClusterStatus = v.InferOutput<typeof clusterStatus>;

/** Tasks of one group and type. */
const placedTasks = v.object({ group: v.string(), type: v.string(), count: natural });
export type PlacedTasks = v.InferOutput<typeof placedTasks>;

/** Where the tasks of a graph would run if the workers were idle. */
export const placement = v.object({
  /** None of them has run: all count as waiting. */
  tasks: taskCounts,
  /** Estimated from earlier tasks of the same type, or else one second per task. Transfers are ignored. */
  estimatedSeconds: measure,
  workers: v.array(
    v.object({
      worker: natural,
      count: natural,
      /** Inputs that it fetches from the server and from other workers. */
      fetchedInputs: natural,
      parts: v.array(placedTasks),
      /** Its first tasks. */
      first: v.array(taskTitle),
    }),
  ),
  /** Tasks that no present worker can run. */
  blocked: v.array(blockedTasks),
  /** Number of tasks that wait for blocked tasks. */
  waiting: natural,
});
export type Placement = v.InferOutput<typeof placement>;
