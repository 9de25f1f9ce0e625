import type { ErrorJson } from "../../errors.ts";
import type {
  FinishedExtra,
  NewSession,
  ObjectCopy,
  SessionState,
  Submission,
  WorkerSample,
} from "../../protocol/messages/index.ts";

/** What the journal records, one entry per event and batch. Times are milliseconds since the epoch on the server's clock. */
export type JournalBody =
  /** The first one names the cluster, by a text that no other has. */
  | ["serverStarted", { version: string; address: string; pid: number; cluster: string }]
  | ["serverStopped", Record<string, never>]
  /** The highest numbers given so far, in case that nothing else is left which tells them. */
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
        /** What else it offers; what recordings of former versions lack. */
        memory?: number;
        resources?: Record<string, number>;
        labels?: Record<string, string>;
      },
    ]
  /** The task types that it offers from now on. */
  | ["workerChanged", { worker: number; types: string[] }]
  | ["workerSuspended" | "workerResumed", { worker: number }]
  | ["workerLost", { worker: number; error?: ErrorJson }]
  | ["sample", { worker: number; sample: WorkerSample }]
  | ["sessionOpened", NewSession & { client: string }]
  /** The chunks of a submit follow each other. One that lacks its last chunk, as a crash may leave it, was never accepted. */
  | ["submitted", { chunk: Submission; more: boolean }]
  | ["sealed", Record<string, never>]
  | ["unkept", { objects: Uint32Array }]
  | ["sessionChanged", { state: SessionState; error?: ErrorJson }]
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
        /** The how manieth run it was, from 1, of how many at most. */
        attempt: number;
        attempts: number;
        /** When it is to run again. Absent: it has failed for good, by a last run or since too many workers were lost with it. */
        retryAt?: number;
      },
    ]
  /** These will not run, since they need what the failed task `cause` was to make. */
  | ["skipped", { cause: number; tasks: Uint32Array }]
  | ["returned" | "lost", { worker: number; tasks: Uint32Array }]
  | ["restarted", { tasks: Uint32Array }]
  /** A worker that came back had their outputs, whose bytes these are, in task order. */
  | ["found", { worker: number; tasks: Uint32Array; sizes: Float64Array }]
  | ["missing", { worker: number; object: number; source: number; tasks: Uint32Array; error: ErrorJson }];

/** A record as it is read back. `session` is 0 for what belongs to no session. */
export interface JournalRecord {
  session: number;
  time: number;
  body: JournalBody;
}
