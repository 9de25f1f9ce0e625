import type { ErrorJson } from "../../errors.ts";
import type { ExecutorStatus, TaskTypeInfo } from "./client-messages.ts";
import type { DataType, TaskKind } from "./submission.ts";

/** What is known of an object once it exists. */
export interface ObjectInfo {
  size: number;
  dataType: DataType;
  contentType: string;
}

/**
 * A batch of tasks of one session. `words` holds one record per task:
 * `task, kind, config, firstOutput, inputCount, (object, source, size) × inputCount`, where `kind` is an index into the session's
 * kinds as announced in this or an earlier `assign`, `config` is 0 or 1 + an index into `configs`, `source` is a slot
 * or `LOCAL`, and `size` is in bytes and saturates at 2³² − 1.
 */
export interface Assign {
  session: number;
  words: Uint32Array;
  /** Kinds that this worker has not seen yet, with their number in the session. */
  kinds: [number: number, kind: TaskKind][];
  /** CBOR items. */
  configs: Uint8Array[];
  /** When the session was opened, in milliseconds since the epoch: tells it from one of the same number of another server. */
  opened: number;
  /** Small constants that this worker has not seen yet: they count as `LOCAL`. */
  constants: { object: number; info: ObjectInfo; data: Uint8Array }[];
  /** Outputs of these tasks whose bytes the server wants with the report, if they are at most `MAX_COPY_BYTES`. */
  wanted: Uint32Array;
  /** Names of the tasks that have one, for messages and logs. */
  names: [task: number, name: string][];
}

export interface PeerAddress {
  slot: number;
  /** `http://HOST:PORT` of its data server. */
  url: string;
}

export type ServerToWorker =
  | ["peers", { peers: PeerAddress[] }]
  /** The worker is lost: nothing will come from it. */
  | ["peerLost", { slot: number }]
  | ["assign", Assign]
  | ["retract", { session: number; tasks: Uint32Array }]
  | ["drop", { session: number; objects: Uint32Array }]
  /** These run, and are not to run any more. Nothing is to be heard of them. */
  | ["abort", { session: number; tasks: Uint32Array }]
  | ["endSession", { session: number }]
  | ["stop", Record<string, never>];

/** An object small enough to travel with messages. */
export interface ObjectCopy {
  object: number;
  data: Uint8Array;
}

/** What a worker learned of some of the finished tasks beyond the packed columns. */
export interface FinishedExtra {
  task: number;
  debug?: string;
  stdoutTail?: string;
  stderrTail?: string;
  user?: unknown;
  /** Outputs whose content type was refined at run time. */
  contentTypes?: [object: number, contentType: string][];
}

export type WorkerToServer =
  | ["started", { session: number; tasks: Uint32Array; secondsAgo: Float32Array }]
  | [
      "finished",
      {
        session: number;
        tasks: Uint32Array;
        /** Seconds since the end of each task, at the time of sending. */
        secondsAgo: Float32Array;
        /** Seconds that each task ran. */
        durations: Float32Array;
        /** Bytes of each output, in task order. */
        sizes: Float64Array;
        extras: FinishedExtra[];
        /** The bytes of those of the outputs that are wanted and small. */
        copies: ObjectCopy[];
      },
    ]
  | [
      "failed",
      {
        session: number;
        task: number;
        secondsAgo: number;
        duration: number;
        error: ErrorJson;
        extra: FinishedExtra;
      },
    ]
  | ["returned", { session: number; tasks: Uint32Array }]
  /** The source does not have the object, or does not send it: the tasks that wait for it go back. */
  | ["missing", { session: number; object: number; source: number; tasks: Uint32Array; error: ErrorJson }]
  | ["sample", WorkerSample]
  /** From one that was here before, first of all: what it still has of a session, in one or several messages. */
  | ["inventory", InventoryPart]
  /** That was all. */
  | ["inventoryEnd", Record<string, never>]
  /** What it offers from now on, as in its hello. */
  | ["types", { taskTypes: TaskTypeInfo[]; contentTypes: string[] }];

/** What a worker has of a session whose server or connection it lost. */
export interface InventoryPart {
  session: number;
  /** As in `Assign`. */
  opened: number;
  objects: Uint32Array;
  /** Bytes, per object. */
  sizes: Float64Array;
  contentTypes: string[];
  /** Per object: index into `contentTypes`. */
  contentType: Uint32Array;
  /** Tasks that it still runs. */
  running: Uint32Array;
}

/** One measurement of a worker and all that it started. */
export interface WorkerSample {
  /** Share of the whole machine's cpus in use by this worker's process tree: 1 is one cpu. */
  cpus: number;
  /** Resident bytes of the worker process. */
  memory: number;
  /** Resident bytes of the programs it runs. */
  programMemory: number;
  /** Processes for the code of plugins. */
  executors: ExecutorStatus[];
  /** Bytes of the objects that it holds in memory and in files. */
  objectMemory: number;
  objectFiles: number;
  /** Bytes received from and sent to peers so far. */
  received: number;
  sent: number;
}

/** The worker's part of the handshake. */
export interface WorkerHello {
  cpus: number;
  /** Bytes that its tasks may ask for. */
  memory: number;
  /** Amounts of named resources. */
  resources: Record<string, number>;
  labels: Record<string, string>;
  hostname: string;
  pid: number;
  /** `http://HOST:PORT` of its data server. */
  dataUrl: string;
  taskTypes: TaskTypeInfo[];
  contentTypes: string[];
  /** The cluster that it belonged to before, and as which slot. */
  former?: { cluster: string; worker: number };
}
/** The server's answer to a worker. */
export interface WorkerWelcome {
  /** The same one for every server that goes on with the same journal. */
  cluster: string;
  /** Slot number, at least 1. */
  worker: number;
}
