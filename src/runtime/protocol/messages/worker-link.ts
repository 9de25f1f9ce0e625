import * as v from "valibot";
import { MAX_COPY_BYTES } from "../limits.ts";
import { executorStatus } from "./cluster.ts";
import { type MessageOf, messageParser, parse } from "./parse.ts";
import { taskKind } from "./submission.ts";
import { taskTypeInfo } from "./tasks.ts";
import {
  byteStrings,
  bytes,
  dataType,
  doubles,
  durations,
  errorJson,
  fileFacts,
  longList,
  measure,
  natural,
  nothing,
  numbers,
  positive,
  shortText,
  uint32,
} from "./values.ts";

/*
 * The messages of a worker's link. Those that come with every batch of tasks (`assign`, `started`, `finished`) are packed columns,
 * and their checks are plain loops.
 */

/** What a worker offers: task types and content types. */
const offer = { taskTypes: v.array(taskTypeInfo), contentTypes: v.array(v.string()) };

/** The worker's part of the handshake. */
const workerHello = v.object({
  cpus: v.pipe(measure, v.gtValue(0)),
  /** Bytes that its tasks may request. */
  memory: measure,
  /** Amounts of named resources. */
  resources: v.record(v.string(), natural),
  labels: v.record(v.string(), v.string()),
  hostname: shortText,
  pid: natural,
  /** `http://HOST:PORT` of its data server. */
  dataUrl: v.pipe(v.string(), v.check(isOrigin, "expected http://HOST:PORT or https://HOST:PORT")),
  ...offer,
  /** The cluster to which it belonged before, and its slot there. */
  former: v.optional(v.object({ cluster: v.string(), worker: positive })),
});
export type WorkerHello = v.InferOutput<typeof workerHello>;

/** The server's answer to a worker. */
const workerWelcome = v.object({
  /** Slot number, at least 1. */
  worker: positive,
  /** Identifies the cluster: the same for every server that continues the same journal. */
  cluster: v.string(),
});
export type WorkerWelcome = v.InferOutput<typeof workerWelcome>;

/** Facts about an object that exists. */
const objectInfo = v.object({
  size: natural,
  dataType,
  contentType: v.string(),
  file: v.optional(fileFacts),
});
export type ObjectInfo = v.InferOutput<typeof objectInfo>;

const peerAddress = v.object({
  slot: natural,
  /** `http://HOST:PORT` of its data server. */
  url: v.string(),
});
export type PeerAddress = v.InferOutput<typeof peerAddress>;

/**
 * A batch of tasks of one session. `words` has one record per task:
 * `task, kind, config, firstOutput, inputCount, (object, source, size) × inputCount`, where `kind` is an index into the session's
 * kinds as announced in this or an earlier `assign`, `config` is 0 or 1 + an index into `configs`, `source` is a slot
 * or `LOCAL`, and `size` is in bytes and saturates at 2³² − 1.
 */
const assign = v.object({
  session: positive,
  words: numbers,
  /** Kinds that this worker has not seen yet, each as its number in the session and the kind. */
  kinds: v.array(v.tuple([natural, taskKind])),
  /** CBOR items. */
  configs: byteStrings,
  /**
   * When the session was opened, in milliseconds since the epoch. Distinguishes it from a session of another
   * server with the same number.
   */
  opened: measure,
  /** Small constants that this worker has not seen yet. Their source is `LOCAL`. */
  constants: v.array(v.object({ object: uint32, info: objectInfo, data: bytes })),
  /** Outputs whose bytes the report should contain, if they are at most `MAX_COPY_BYTES`. */
  wanted: numbers,
  /** Names of the tasks that have one, for messages and logs, each as the task's number and the name. */
  names: longList("[task, name]", isTaskName),
  /** The `user` values of the tasks that have one, each as the task's number and the value. */
  users: longList("[task, user]", isNumbered),
  /** The `user` values of the inputs that have one, each as the object's number and the value. */
  inputUsers: longList("[object, user]", isNumbered),
});
export type Assign = v.InferOutput<typeof assign>;

const serverToWorker = {
  peers: v.object({ peers: v.array(peerAddress) }),
  /** The other worker is lost and sends nothing more. */
  peerLost: v.object({ slot: natural }),
  assign,
  retract: v.object({ session: positive, tasks: numbers }),
  drop: v.object({ session: positive, objects: numbers }),
  /** Stop these running tasks, and report nothing about them. */
  abort: v.object({ session: positive, tasks: numbers }),
  endSession: v.object({ session: positive }),
  /** Look at the installed plugins: `typesKnown` answers. */
  inquireTypes: nothing,
  stop: nothing,
};
export type ServerToWorker = MessageOf<typeof serverToWorker>;

/** A small object that is part of a message. */
export interface ObjectCopy {
  object: number;
  data: Uint8Array;
}

/** What the code of a task says about one of its outputs. */
const objectRemarks = v.object({
  object: uint32,
  debug: v.optional(v.string()),
  user: v.optional(v.unknown()),
});
export type ObjectRemarks = v.InferOutput<typeof objectRemarks>;

/** Facts about some of the finished tasks that are not in the packed columns. */
const finishedExtra = v.object({
  task: uint32,
  debug: v.optional(v.string()),
  stdoutTail: v.optional(v.string()),
  stderrTail: v.optional(v.string()),
  user: v.optional(v.unknown()),
  /** Outputs whose content type was refined at run time, each as the object's number and its content type. */
  contentTypes: v.optional(v.array(v.tuple([uint32, v.string()]))),
  /** Outputs about which the code said something. */
  objects: v.optional(v.array(objectRemarks)),
});
export type FinishedExtra = v.InferOutput<typeof finishedExtra>;

/** A measurement of a worker and all processes that it started. */
const workerSample = v.object({
  /** Cpus in use by this worker's process tree: 1 is one cpu. */
  cpus: measure,
  /** Resident bytes of the worker process. */
  memory: measure,
  /** Resident bytes of the programs it runs. */
  programMemory: measure,
  /** Processes for the code of plugins. */
  executors: v.array(executorStatus),
  /** Bytes of the objects that it stores in memory. */
  objectMemory: measure,
  /** Bytes of the objects that it stores in files. */
  objectFiles: measure,
  /** Bytes received from peers so far. */
  received: measure,
  /** Bytes sent to peers so far. */
  sent: measure,
});
export type WorkerSample = v.InferOutput<typeof workerSample>;

/** Objects and running tasks of a session on a worker that rejoins. */
const inventoryPart = v.object({
  session: positive,
  /** As in `assign`. */
  opened: measure,
  objects: numbers,
  /** Bytes, per object. */
  sizes: doubles,
  contentTypes: v.array(v.string()),
  /** Per object: index into `contentTypes`. */
  contentType: numbers,
  /** Tasks that it still runs. */
  running: numbers,
  /** Tasks without outputs that it has finished: objects tell of the others. */
  finished: numbers,
});
export type InventoryPart = v.InferOutput<typeof inventoryPart>;

const workerToServer = {
  started: v.pipe(
    v.object({ session: positive, tasks: numbers, secondsAgo: durations }),
    v.check(({ tasks, secondsAgo }) => tasks.length === secondsAgo.length, "the columns differ in length"),
  ),
  finished: v.pipe(
    v.object({
      session: positive,
      tasks: numbers,
      /** Seconds since the end of each task, at the time of sending. */
      secondsAgo: durations,
      /** Seconds that each task ran. */
      durations,
      /** Bytes of each output, in task order. */
      sizes: doubles,
      extras: v.array(finishedExtra),
      /** Bytes of the outputs that are wanted and small. */
      copies: longList("{ object, data }[]", isCopy),
    }),
    v.check(
      ({ tasks, secondsAgo, durations }) =>
        tasks.length === secondsAgo.length && tasks.length === durations.length,
      "the columns differ in length",
    ),
    v.check(({ sizes }) => sizes.every(isSize), "a size is not a number of bytes"),
  ),
  failed: v.object({
    session: positive,
    task: uint32,
    secondsAgo: measure,
    duration: measure,
    error: errorJson,
    extra: finishedExtra,
  }),
  returned: v.object({ session: positive, tasks: numbers }),
  /** The source does not have or does not send the object. The worker returns the tasks that wait for it. */
  missing: v.object({ session: positive, object: uint32, source: natural, tasks: numbers, error: errorJson }),
  sample: workerSample,
  /** The first messages of a worker that rejoins: what it still has of each session, in one or several parts. */
  inventory: v.pipe(
    inventoryPart,
    v.check(
      ({ objects, sizes, contentType }) =>
        objects.length === sizes.length && objects.length === contentType.length,
      "the columns differ in length",
    ),
    v.check(({ sizes }) => sizes.every(isSize), "a size is not a number of bytes"),
    v.check(
      ({ contentType, contentTypes }) => contentType.every((type) => type < contentTypes.length),
      "a content type is not listed",
    ),
  ),
  /** The inventory is complete. */
  inventoryEnd: nothing,
  /** New offer of the worker, as in its hello. */
  types: v.object(offer),
  /** Answers the oldest `inquireTypes`. A `types` comes before it if the offer has changed. */
  typesKnown: nothing,
};
export type WorkerToServer = MessageOf<typeof workerToServer>;

export const parseServerToWorker = messageParser(serverToWorker);
export const parseWorkerToServer = messageParser(workerToServer);

/** @throws INVALID_MESSAGE */
export function parseWorkerHello(value: unknown): WorkerHello {
  return parse(workerHello, value, "hello");
}

/** @throws INVALID_MESSAGE */
export function parseWorkerWelcome(value: unknown): WorkerWelcome {
  return parse(workerWelcome, value, "welcome");
}

function isOrigin(url: string): boolean {
  return /^https?:\/\/[^/?#@\s]+$/.test(url) && URL.canParse(url);
}

function isTaskName(value: unknown): value is [task: number, name: string] {
  return Array.isArray(value) && Number.isInteger(value[0]) && typeof value[1] === "string";
}

function isNumbered(value: unknown): value is [number: number, value: unknown] {
  return Array.isArray(value) && value.length === 2 && Number.isInteger(value[0]);
}

function isCopy(value: unknown): value is ObjectCopy {
  const { object, data } = (value ?? {}) as Partial<ObjectCopy>;
  return v.is(uint32, object) && data instanceof Uint8Array && data.length <= MAX_COPY_BYTES;
}

function isSize(size: number): boolean {
  return size >= 0 && size <= Number.MAX_SAFE_INTEGER;
}
