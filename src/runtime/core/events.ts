import type { GraphChunk } from "../model/graph.ts";
import type { OnFailure, SessionState } from "../model/session-states.ts";
import type { WorkerCapacity } from "../model/worker-capacity.ts";

/**
 * The events that go into `step` and the effects that come out. Tasks and objects are numbers, counted from 0
 * within their session. Workers are small slot numbers given by the shell; slot 0 is the server itself, which
 * holds uploaded constants.
 */

/** What a worker that rejoins still has of a session. */
export interface Inventory {
  session: number;
  objects: Uint32Array;
  /** Bytes, per object. */
  sizes: Float64Array;
  /** Tasks that still run there. */
  running: Uint32Array;
}

/** Why a task has failed for good. The shell knows the texts. */
export type FailureReason =
  | { kind: "run"; task: number }
  /** How often its worker was lost, or an input was not available. */
  | { kind: "crashes"; task: number; crashes: number };

/** A session as the journal tells it. */
export interface RestoredSession {
  /** The chunks of all submits, in order, as `checkSubmit` passed them. */
  chunks: GraphChunk[];
  onFailure?: OnFailure;
  /** No further submit will come. */
  sealed: boolean;
  /** The end that it had: nothing of it runs again. */
  ended?: "failed" | "cancelled";
  /** Objects whose keeping has ended. */
  unkept: Uint32Array;
  finished: Uint32Array;
  failed: Uint32Array;
  /** Bytes of the outputs of finished tasks, by object number. */
  sizes: Float64Array;
  /** How often runs of a task have failed, and seconds from now to the next one, if that is in the future. */
  failures: readonly [task: number, times: number, pause?: number][];
  /** By slot: what workers still have of the session. Slot 0 is the server itself. */
  inventories: ReadonlyMap<number, Inventory>;
}

export type Event =
  /** With `continue`, a failed task stops only the tasks that need its outputs. */
  | { kind: "sessionOpened"; session: number; onFailure?: OnFailure }
  /** The chunks of one submit, which `checkSubmit` has passed. */
  | { kind: "submitted"; session: number; chunks: GraphChunk[] }
  /** No further submit will come: the session finishes when its tasks have. */
  | { kind: "sealed"; session: number }
  | { kind: "unkept"; session: number; objects: Uint32Array }
  | { kind: "sessionCancelled"; session: number }
  /** The shell has the reason. */
  | { kind: "sessionFailed"; session: number }
  /** A session of a former server. Finished tasks whose needed outputs have no replica run again. */
  | ({ kind: "sessionRestored"; session: number } & RestoredSession)
  | { kind: "sessionClosed"; session: number }
  /** A worker that rejoins brings an inventory for each session. */
  | { kind: "workerJoined"; worker: number; capacity: WorkerCapacity; inventories?: readonly Inventory[] }
  /** The worker offers other task types from now on. Its assigned tasks stay with it. */
  | { kind: "workerChanged"; worker: number; types: ReadonlySet<string> }
  | { kind: "workerLost"; worker: number }
  /** Sent only for tasks that have run for a while. Short ones are reported when they have finished. */
  | { kind: "tasksStarted"; worker: number; session: number; tasks: Uint32Array }
  /** `durations` in seconds, one per task; `sizes` in bytes, one per output in task order. */
  | {
      kind: "tasksFinished";
      worker: number;
      session: number;
      tasks: Uint32Array;
      durations: Float32Array;
      sizes: Float64Array;
      /** Small outputs whose bytes came with the report. */
      copies?: Uint32Array;
    }
  | { kind: "taskFailed"; worker: number; session: number; task: number }
  /** The time of `wakeAt` has come. */
  | { kind: "timePassed" }
  /** The answer to `retract`: the tasks that the worker had not started. */
  | { kind: "tasksReturned"; worker: number; session: number; tasks: Uint32Array }
  /**
   * Replicas are missing or do not answer. `by`: the worker that tried to fetch the objects, if it was one,
   * and the tasks that it gives back.
   */
  | {
      kind: "objectsMissing";
      session: number;
      objects: Uint32Array;
      /** Slot of the missing replica, per object. */
      sources: Uint32Array;
      by?: { worker: number; tasks: Uint32Array };
    };

export type Effect =
  /**
   * `sources` has an entry per input of each task, in order: the slot of a worker that has the input, or
   * `LOCAL`.
   */
  | { kind: "assign"; worker: number; session: number; tasks: Uint32Array; sources: Uint32Array }
  /** Asks for tasks that the worker has not started. The worker answers with `tasksReturned`. */
  | { kind: "retract"; worker: number; session: number; tasks: Uint32Array }
  | { kind: "drop"; worker: number; session: number; objects: Uint32Array }
  /** Stops running tasks, which are done elsewhere or not at all. */
  | { kind: "abort"; worker: number; session: number; tasks: Uint32Array }
  /** Stops the session's tasks on this worker and frees its objects there. */
  | { kind: "endSession"; worker: number; session: number }
  /** The tasks are finished, and their outputs exist. */
  | { kind: "tasksFinished"; session: number; worker: number; tasks: Uint32Array }
  /** A worker that rejoined has the outputs of these tasks: they are finished. */
  | { kind: "tasksFound"; session: number; worker: number; tasks: Uint32Array }
  /** Finished tasks run again, since their outputs are lost. */
  | { kind: "tasksRestarted"; session: number; tasks: Uint32Array }
  /** The tasks were on a worker that is lost, and wait for another one. */
  | { kind: "tasksLost"; session: number; worker: number; tasks: Uint32Array }
  /** A run of the task has failed. The next one is due after `delay` seconds. */
  | { kind: "taskRetried"; session: number; task: number; delay: number }
  /** The task has failed for good on this worker. */
  | { kind: "taskFailed"; session: number; worker: number; reason: FailureReason }
  /** The tasks will not run, since they need an output of the failed task `cause`. */
  | { kind: "tasksSkipped"; session: number; cause: number; tasks: Uint32Array }
  /** Send `timePassed` at this time of `step`, instead of the one asked for before. */
  | { kind: "wakeAt"; time: number }
  | { kind: "sessionChanged"; session: number; state: SessionState };
