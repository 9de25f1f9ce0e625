import * as v from "valibot";
import { MAX_COPY_BYTES } from "../limits.ts";
import type {
  ObjectCopy,
  ServerToWorker,
  WorkerHello,
  WorkerToServer,
  WorkerWelcome,
} from "../messages/worker-messages.ts";
import {
  byteStrings,
  bytes,
  dataType,
  doubles,
  durations,
  errorJson,
  longList,
  measure,
  natural,
  nothing,
  numbers,
  positive,
  shortText,
  uint32,
} from "./common.ts";
import { messageParser, parse } from "./parse.ts";
import { executorStatus, taskTypeInfo } from "./status.ts";
import { taskKind } from "./submission.ts";

const peer = v.object({ slot: natural, url: v.string() });
const objectInfo = v.object({ size: natural, dataType, contentType: v.string() });
const taskNames = longList("[task, name]", (value): value is [number, string] => {
  return Array.isArray(value) && Number.isInteger(value[0]) && typeof value[1] === "string";
});

export const parseServerToWorker = messageParser<ServerToWorker>({
  peers: v.object({ peers: v.array(peer) }),
  peerLost: v.object({ slot: natural }),
  assign: v.object({
    session: positive,
    words: numbers,
    kinds: v.array(v.tuple([natural, taskKind])),
    configs: byteStrings,
    opened: measure,
    constants: v.array(v.object({ object: uint32, info: objectInfo, data: bytes })),
    wanted: numbers,
    names: taskNames,
  }),
  retract: v.object({ session: positive, tasks: numbers }),
  drop: v.object({ session: positive, objects: numbers }),
  abort: v.object({ session: positive, tasks: numbers }),
  endSession: v.object({ session: positive }),
  stop: nothing,
});

const finishedExtra = v.object({
  task: uint32,
  debug: v.optional(v.string()),
  stdoutTail: v.optional(v.string()),
  stderrTail: v.optional(v.string()),
  user: v.optional(v.unknown()),
  contentTypes: v.optional(v.array(v.tuple([uint32, v.string()]))),
});

const workerSample = v.object({
  cpus: measure,
  memory: measure,
  programMemory: measure,
  executors: v.array(executorStatus),
  objectMemory: measure,
  objectFiles: measure,
  received: measure,
  sent: measure,
});

const offer = { taskTypes: v.array(taskTypeInfo), contentTypes: v.array(v.string()) };

export const parseWorkerToServer = messageParser<WorkerToServer>({
  started: v.pipe(
    v.object({ session: positive, tasks: numbers, secondsAgo: durations }),
    v.check(({ tasks, secondsAgo }) => tasks.length === secondsAgo.length, "the columns differ in length"),
  ),
  finished: v.pipe(
    v.object({
      session: positive,
      tasks: numbers,
      secondsAgo: durations,
      durations,
      sizes: doubles,
      extras: v.array(finishedExtra),
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
  missing: v.object({ session: positive, object: uint32, source: natural, tasks: numbers, error: errorJson }),
  sample: workerSample,
  inventory: v.pipe(
    v.object({
      session: positive,
      opened: measure,
      objects: numbers,
      sizes: doubles,
      contentTypes: v.array(v.string()),
      contentType: numbers,
      running: numbers,
    }),
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
  inventoryEnd: nothing,
  types: v.object(offer),
});

const workerHello = v.object({
  cpus: v.pipe(measure, v.gtValue(0)),
  memory: measure,
  resources: v.record(v.string(), natural),
  labels: v.record(v.string(), v.string()),
  hostname: shortText,
  pid: natural,
  dataUrl: v.pipe(v.string(), v.check(isOrigin, "expected http://HOST:PORT or https://HOST:PORT")),
  ...offer,
  former: v.optional(v.object({ cluster: v.string(), worker: positive })),
});
const workerWelcome = v.object({ worker: positive, cluster: v.string() });

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

function isCopy(value: unknown): value is ObjectCopy {
  const { object, data } = (value ?? {}) as Partial<ObjectCopy>;
  return v.is(uint32, object) && data instanceof Uint8Array && data.length <= MAX_COPY_BYTES;
}

function isSize(size: number): boolean {
  return size >= 0 && size <= Number.MAX_SAFE_INTEGER;
}
