import type { GraphChunk } from "../model/graph.ts";
import type { OnFailure, SessionState } from "../model/session-states.ts";
import type { WorkerCapacity } from "../model/worker-capacity.ts";

/**
 * The input and output of `step`. Tasks and objects are numbers, counted from 0 within their session. Workers
 * are small slot numbers assigned by the caller; slot 0 is the server itself, which stores constants.
 */

/** The objects and tasks of one session that a rejoining worker still has. */
export interface Inventory {
  session: number;
  objects: Uint32Array;
  /** Bytes, per object. */
  sizes: Float64Array;
  /** Tasks that the worker still runs. */
  running: Uint32Array;
  /** Tasks without outputs that the worker has finished. */
  finished: Uint32Array;
}

/** Why a task has failed permanently. The caller turns this into a message. */
export type FailureReason =
  | { kind: "run"; task: number }
  /** The number of workers that were lost, or inputs that could not be fetched, while the task was assigned. */
  | { kind: "crashes"; task: number; crashes: number };

/** The recorded facts about a session from before a server restart. */
export interface RestoredSession {
  /** The chunks of all submits in order. Each must have passed `checkSubmit`. */
  chunks: GraphChunk[];
  onFailure?: OnFailure;
  /** No further submit will come. */
  sealed: boolean;
  /** The session ended in this state, and none of its tasks runs again. */
  ended?: "failed" | "cancelled";
  /** Objects that were unkept. */
  unkept: Uint32Array;
  finished: Uint32Array;
  failed: Uint32Array;
  /** Sizes in bytes of the outputs of finished tasks, by object number. */
  sizes: Float64Array;
  /** Number of failed runs of each task, and seconds from now to its next run unless that is due. */
  failures: readonly [task: number, times: number, delay?: number][];
  /** The objects and tasks that workers still have of the session, by slot. Slot 0 is the server itself. */
  inventories: ReadonlyMap<number, Inventory>;
}

export type Event =
  /** `onFailure` is `stop` by default. */
  | { kind: "sessionOpened"; session: number; onFailure?: OnFailure }
  /** All chunks of one submit. They must have passed `checkSubmit`. */
  | { kind: "submitted"; session: number; chunks: GraphChunk[] }
  /** No further submit will come. The session ends when its tasks have. */
  | { kind: "sealed"; session: number }
  | { kind: "unkept"; session: number; objects: Uint32Array }
  | { kind: "sessionCancelled"; session: number }
  /** The caller fails the session for a reason of its own. */
  | { kind: "sessionFailed"; session: number }
  /**
   * Restores a session after a server restart. Needed objects of finished tasks that no worker has are made
   * again.
   */
  | ({ kind: "sessionRestored"; session: number } & RestoredSession)
  | { kind: "sessionClosed"; session: number }
  /** A rejoining worker reports what it still has of each session in `inventories`. */
  | { kind: "workerJoined"; worker: number; capacity: WorkerCapacity; inventories?: readonly Inventory[] }
  /** The worker offers other task types from now on. It keeps the tasks that it has. */
  | { kind: "workerChanged"; worker: number; types: ReadonlySet<string> }
  | { kind: "workerLost"; worker: number }
  /** Sent only for tasks that have run for a while. Short ones are only reported as finished. */
  | { kind: "tasksStarted"; worker: number; session: number; tasks: Uint32Array }
  /** `durations` are in seconds, one per task; `sizes` are in bytes, one per output in task order. */
  | {
      kind: "tasksFinished";
      worker: number;
      session: number;
      tasks: Uint32Array;
      durations: Float32Array;
      sizes: Float64Array;
      /** Small outputs whose bytes came with the report, so the server has a copy. */
      copies?: Uint32Array;
    }
  | { kind: "taskFailed"; worker: number; session: number; task: number }
  /** The time of the last `wakeAt` effect has come. */
  | { kind: "timePassed" }
  /** The answer to `retract`: the tasks that the worker had not started and gives back. */
  | { kind: "tasksReturned"; worker: number; session: number; tasks: Uint32Array }
  /**
   * Objects could not be fetched from their sources. `by` is the worker that tried, if it was a worker, and
   * the tasks that it gives back because of that.
   */
  | {
      kind: "objectsMissing";
      session: number;
      objects: Uint32Array;
      /** Slot of the source, per object. */
      sources: Uint32Array;
      by?: { worker: number; tasks: Uint32Array };
    };

export type Effect =
  /** `sources` has one entry per input of each task, in order: the slot to fetch it from, or `LOCAL`. */
  | { kind: "assign"; worker: number; session: number; tasks: Uint32Array; sources: Uint32Array }
  /** Asks the worker to give back tasks that it has not started. It answers with `tasksReturned`. */
  | { kind: "retract"; worker: number; session: number; tasks: Uint32Array }
  | { kind: "drop"; worker: number; session: number; objects: Uint32Array }
  /** Stops running tasks that are done elsewhere or no longer wanted. */
  | { kind: "abort"; worker: number; session: number; tasks: Uint32Array }
  /** Stops the session's tasks on this worker and frees its objects there. */
  | { kind: "endSession"; worker: number; session: number }
  /** These tasks are finished, and all their outputs exist. */
  | { kind: "tasksFinished"; session: number; worker: number; tasks: Uint32Array }
  /** These tasks count as finished, because a rejoining worker has their outputs. */
  | { kind: "tasksFound"; session: number; worker: number; tasks: Uint32Array }
  /** These finished tasks run again, because their outputs are lost. */
  | { kind: "tasksRestarted"; session: number; tasks: Uint32Array }
  /** These tasks were assigned to a lost worker, and wait for another one. */
  | { kind: "tasksLost"; session: number; worker: number; tasks: Uint32Array }
  /** A run of the task has failed. The next one may start after `delay` seconds. */
  | { kind: "taskRetried"; session: number; task: number; delay: number }
  /** The task has failed permanently on this worker. */
  | { kind: "taskFailed"; session: number; worker: number; reason: FailureReason }
  /** These tasks will not run, because they need outputs of the failed task `cause`. */
  | { kind: "tasksSkipped"; session: number; cause: number; tasks: Uint32Array }
  /** Asks for `timePassed` at this time on the clock of `step`. Replaces the previous request. */
  | { kind: "wakeAt"; time: number }
  | { kind: "sessionChanged"; session: number; state: SessionState };
