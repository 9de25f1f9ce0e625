import type { GraphChunk } from "../model/graph.ts";
import type { OnFailure, SessionState } from "../model/session-states.ts";
import type { WorkerCapacity } from "../model/worker-capacity.ts";

/**
 * What goes into `step` and what comes out. Tasks and objects are numbers, counted from 0 within their session;
 * workers are small slot numbers given by the shell (slot 0 is the server itself, which holds uploaded constants).
 */

/** What a worker that was here before still has of a session. */
export interface Inventory {
  session: number;
  objects: Uint32Array;
  /** Bytes, per object. */
  sizes: Float64Array;
  /** Tasks that it still runs. */
  running: Uint32Array;
}

/** Why a task has failed for good; the shell knows the texts. */
export type FailureReason =
  | { kind: "run"; task: number }
  /** So many workers were lost, or inputs could not be had, while the task was there. */
  | { kind: "crashes"; task: number; crashes: number };

/** A session as it is told by what was recorded of it. */
export interface RestoredSession {
  /** Of all submits, in order, each as `checkSubmit` passed it. */
  chunks: GraphChunk[];
  onFailure?: OnFailure;
  /** No further submit will come. */
  sealed: boolean;
  /** It has ended so, and nothing of it runs again. */
  ended?: "failed" | "cancelled";
  /** Objects that are not kept any more. */
  unkept: Uint32Array;
  finished: Uint32Array;
  failed: Uint32Array;
  /** Bytes of the outputs of finished tasks, by object number. */
  sizes: Float64Array;
  /** How often runs of a task have failed, and seconds from now to the next one, if that is not due. */
  failures: readonly [task: number, times: number, pause?: number][];
  /** By slot: who still has something of it. Slot 0 stands for the server itself. */
  inventories: ReadonlyMap<number, Inventory>;
}

export type Event =
  /** What a failed task does to the others: it stops them (the default), or only those that need what it was to make. */
  | { kind: "sessionOpened"; session: number; onFailure?: OnFailure }
  /** All chunks of one submit, validated by `checkSubmit`. */
  | { kind: "submitted"; session: number; chunks: GraphChunk[] }
  /** No further submit will come: the session finishes when its tasks have. */
  | { kind: "sealed"; session: number }
  | { kind: "unkept"; session: number; objects: Uint32Array }
  | { kind: "sessionCancelled"; session: number }
  /** For a reason of the shell's. */
  | { kind: "sessionFailed"; session: number }
  /** As it was when a former server went. What finished and nobody holds is made again if it is needed. */
  | ({ kind: "sessionRestored"; session: number } & RestoredSession)
  | { kind: "sessionClosed"; session: number }
  /** One that was here before brings what it still has, by session. */
  | { kind: "workerJoined"; worker: number; capacity: WorkerCapacity; inventories?: readonly Inventory[] }
  /** It offers other task types from now on; what it has been given stays with it. */
  | { kind: "workerChanged"; worker: number; types: ReadonlySet<string> }
  | { kind: "workerLost"; worker: number }
  /** Sent only for tasks that have run for a while: short ones go straight to finished. */
  | { kind: "tasksStarted"; worker: number; session: number; tasks: Uint32Array }
  /** `durations` in seconds, one per task; `sizes` in bytes, one per output in task order. */
  | {
      kind: "tasksFinished";
      worker: number;
      session: number;
      tasks: Uint32Array;
      durations: Float32Array;
      sizes: Float64Array;
      /** Small outputs whose bytes the server has got with the report. */
      copies?: Uint32Array;
    }
  | { kind: "taskFailed"; worker: number; session: number; task: number }
  /** What was to happen at the time of `wakeAt` is due. */
  | { kind: "timePassed" }
  /** The answer to `retract`: those that the worker had not started and gives back. */
  | { kind: "tasksReturned"; worker: number; session: number; tasks: Uint32Array }
  /** A replica does not have these after all, or does not answer. `by`: who tried to get them, if a worker, and the tasks that it gives back therefore. */
  | {
      kind: "objectsMissing";
      session: number;
      objects: Uint32Array;
      /** Slot of the replica, per object. */
      sources: Uint32Array;
      by?: { worker: number; tasks: Uint32Array };
    };

export type Effect =
  /** `sources` has an entry per input of each task, in order: the slot of a worker that holds it, or `LOCAL`. */
  | { kind: "assign"; worker: number; session: number; tasks: Uint32Array; sources: Uint32Array }
  /** Ask for tasks back that the worker has not started; it answers with `tasksReturned`. */
  | { kind: "retract"; worker: number; session: number; tasks: Uint32Array }
  | { kind: "drop"; worker: number; session: number; objects: Uint32Array }
  /** Stop these tasks, which run there: they are done elsewhere, or by nobody. */
  | { kind: "abort"; worker: number; session: number; tasks: Uint32Array }
  /** Stop the session's tasks on this worker and free its objects there. */
  | { kind: "endSession"; worker: number; session: number }
  /** These tasks are now finished, and so are all their outputs. */
  | { kind: "tasksFinished"; session: number; worker: number; tasks: Uint32Array }
  /** A worker that came back has what these make: they are finished. */
  | { kind: "tasksFound"; session: number; worker: number; tasks: Uint32Array }
  /** Finished before, and to run again, since what they made is lost. */
  | { kind: "tasksRestarted"; session: number; tasks: Uint32Array }
  /** Were on a worker that is lost, and wait for another. */
  | { kind: "tasksLost"; session: number; worker: number; tasks: Uint32Array }
  /** A run of the task has failed, and it is to run again so many seconds from now. */
  | { kind: "taskRetried"; session: number; task: number; delay: number }
  /** The task has failed for good, on this worker. */
  | { kind: "taskFailed"; session: number; worker: number; reason: FailureReason }
  /** These will not run, since they need what the failed task `cause` was to make. */
  | { kind: "tasksSkipped"; session: number; cause: number; tasks: Uint32Array }
  /** Send `timePassed` at this time of `step`, rather than at the one asked for before. */
  | { kind: "wakeAt"; time: number }
  | { kind: "sessionChanged"; session: number; state: SessionState };
