import type { ErrorJson } from "../../errors.ts";
import type {
  FinishedExtra,
  NewSession,
  ObjectCopy,
  SessionState,
  Submission,
  WorkerSample,
} from "../../protocol/messages/index.ts";

/**
 * The records of the journal, one per event and batch. Times are milliseconds since the epoch on the server's
 * clock.
 */
export type JournalBody =
  /** `cluster` identifies the cluster. The first record of this kind counts. */
  | ["serverStarted", { version: string; address: string; pid: number; cluster: string }]
  | ["serverStopped", Record<string, never>]
  /** The highest numbers assigned so far. A compaction may remove all other records that contain them. */
  | ["numbers", { session: number; worker: number }]
  | [
      "workerJoined",
      {
        worker: number;
        hostname: string;
        pid: number;
        cpus: number;
        address: string;
        types: string[];
        /** Other capacities of the worker. Journals of earlier versions lack them. */
        memory?: number | undefined;
        resources?: Record<string, number> | undefined;
        labels?: Record<string, string> | undefined;
      },
    ]
  /** The task types that the worker offers from now on. */
  | ["workerChanged", { worker: number; types: string[] }]
  | ["workerSuspended" | "workerResumed", { worker: number }]
  | ["workerLost", { worker: number; error?: ErrorJson | undefined }]
  | ["sample", { worker: number; sample: WorkerSample }]
  | ["sessionOpened", NewSession & { client: string }]
  /**
   * The chunks of a submit are consecutive. A submit without its last chunk, which a crash may leave, was
   * never accepted.
   */
  | ["submitted", { chunk: Submission; more: boolean }]
  | ["sealed", Record<string, never>]
  | ["unkept", { objects: Uint32Array }]
  | ["sessionChanged", { state: SessionState; error?: ErrorJson | undefined }]
  | ["assigned", { worker: number; tasks: Uint32Array }]
  | ["started", { worker: number; tasks: Uint32Array; times: Float64Array }]
  | [
      "finished",
      {
        worker: number;
        tasks: Uint32Array;
        /** When each task ended. */
        times: Float64Array;
        /** Seconds. */
        durations: Float32Array;
        /** Bytes of each output, in task order. */
        sizes: Float64Array;
        extras: FinishedExtra[];
        /** Small kept outputs. */
        copies: ObjectCopy[];
      },
    ]
  | [
      "failed",
      {
        worker: number;
        task: number;
        time: number;
        duration: number;
        error: ErrorJson;
        extra: FinishedExtra;
        /** Attempt number, from 1, and the maximum number of attempts. */
        attempt: number;
        attempts: number;
        /**
         * When the task runs again. Absent if it has failed for good, after its last attempt or because too
         * many workers were lost with it.
         */
        retryAt?: number | undefined;
      },
    ]
  /** The tasks will not run, since they need an output of the failed task `cause`. */
  | ["skipped", { cause: number; tasks: Uint32Array }]
  | ["returned" | "lost", { worker: number; tasks: Uint32Array }]
  | ["restarted", { tasks: Uint32Array }]
  /** A worker that rejoined has the outputs of these tasks. Sizes are in bytes, in task order. */
  | ["found", { worker: number; tasks: Uint32Array; sizes: Float64Array }]
  | ["missing", { worker: number; object: number; source: number; tasks: Uint32Array; error: ErrorJson }];

/** A record as it is read. `session` is 0 for records that belong to no session. */
export interface JournalRecord {
  session: number;
  time: number;
  body: JournalBody;
}
