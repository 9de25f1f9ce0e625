/* What the options of the API may be. The messages are the expectations that errors name. */

import { fileURLToPath } from "node:url";
import { types } from "node:util";
import * as v from "valibot";
import { checkContentType } from "../../content-types/names.ts";
import { DURATION, parseSize, SIZE } from "../../units.ts";
import { isPlainObject } from "./misuse.ts";
import { keys, options, plainOr, record } from "./options.ts";

const MAX_NAME = 4096;

export const text = v.string("a text");
/** A name, short enough to be a reference. */
export const name = v.pipe(text, v.maxLength(MAX_NAME, `a text of at most ${MAX_NAME} characters`));
export const flag = v.boolean("true or false");
export const callback = v.custom<(value: never) => unknown>(
  (value) => typeof value === "function",
  "a function",
);
const COUNT = "a whole number from 0";
export const count = v.pipe(v.number(COUNT), v.safeInteger(COUNT), v.minValue(0, COUNT));
const MEASURE = "a number from 0";
export const measure = v.pipe(v.number(MEASURE), v.finite(MEASURE), v.minValue(0, MEASURE));

function durationOf(unit: string) {
  const expected = `a duration such as "90s" or "5m", or a number of ${unit}`;
  return v.custom<string | number>((value) => {
    if (typeof value === "string") return DURATION.test(value);
    return typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY;
  }, expected);
}
export const duration = durationOf("seconds");
export const milliseconds = durationOf("milliseconds");

const size = v.custom<string | number>((value) => {
  if (typeof value === "string") return SIZE.test(value) && Number.isFinite(parseSize(value));
  return typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY;
}, 'a size such as "500MB" or "1GiB", or a number of bytes');

export const contentType = v.pipe(
  v.string("a content type"),
  v.check(
    (given) => checkContentType(given) === undefined,
    ({ input }) => `a content type (${checkContentType(input)})`,
  ),
);

export const dataType = v.picklist(["blob", "dir"], '"blob" or "dir"');

/** A path as text, or a file URL. */
export const localPath = v.custom<string | URL>((value) => {
  if (value instanceof URL) return value.protocol === "file:";
  return typeof value === "string" && value !== "" && !value.includes("\0");
}, "a path, or a file URL");

/** The path that a `localPath` names. */
export function pathOf(path: string | URL): string {
  return typeof path === "string" ? path : fileURLToPath(path);
}

export const signal = v.custom<AbortSignal>(
  // Not `instanceof`, since there are implementations of other realms and libraries.
  (value) => typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value,
  "an AbortSignal",
);

const resources = keys(
  {
    cpus: v.optional(measure),
    memory: v.optional(size),
    named: v.optional(record(count, "an object with a number for each resource")),
  },
  'an object such as { cpus: 2, memory: "1GiB", named: { gpu: 1 } }',
);

const where = keys(
  {
    workers: v.optional(v.array(count, "a list of worker ids")),
    labels: v.optional(record(text, "an object with a text for each label")),
  },
  'an object such as { workers: [1], labels: { zone: "eu" } }',
);

const RETRIES =
  'a whole number from 0, or an object such as { times: 3, delay: "2s", backoff: 2, maxDelay: "1m" }';
const retries = plainOr(
  keys(
    {
      times: count,
      delay: v.optional(duration),
      backoff: v.optional(measure),
      maxDelay: v.optional(duration),
    },
    RETRIES,
  ),
  v.pipe(v.number(RETRIES), v.safeInteger(RETRIES), v.minValue(0, RETRIES)),
);

const PRIORITY = "a whole number";

/** The options that all tasks have. */
export const taskEntries = {
  name: v.optional(name),
  group: v.optional(name),
  key: v.optional(name),
  resources: v.optional(resources),
  where: v.optional(where),
  priority: v.optional(v.pipe(v.number(PRIORITY), v.safeInteger(PRIORITY))),
  retries: v.optional(retries),
  timeout: v.optional(duration),
  /** Checked apart, as any JSON value. */
  user: v.optional(v.unknown()),
  keep: v.optional(flag),
  /** Submit checks that these are tasks. */
  needs: v.optional(v.array(v.unknown(), "a list of tasks")),
};

export const taskOptions = options(taskEntries);
export const singleOutputOptions = options({
  ...taskEntries,
  label: v.optional(name),
  contentType: v.optional(contentType),
});
export const remoteOptions = options({ ...taskEntries, contentType: v.optional(contentType) });

export const objectOptions = options({
  label: v.optional(name),
  contentType: v.optional(contentType),
  key: v.optional(name),
  keep: v.optional(flag),
  user: v.optional(v.unknown()),
});

export const output = keys(
  {
    label: v.optional(name),
    contentType: v.optional(contentType),
    dataType: v.optional(dataType),
    keep: v.optional(flag),
    user: v.optional(v.unknown()),
  },
  "an object such as { label, contentType, dataType, keep }",
);
/** `inputs` are checked apart. */
export const typedTaskOptions = options({
  ...taskEntries,
  inputs: v.optional(v.unknown()),
  config: v.optional(v.unknown()),
  outputs: v.optional(v.array(output, "a list of outputs")),
});

export const waitOptions = options({ signal: v.optional(signal) });

/** Whether a value is bytes of any kind, for `blob`. */
export const isBytes = (value: unknown): value is ArrayBufferView | ArrayBufferLike =>
  ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);

/** A path on a worker. */
const ABSOLUTE = "an absolute path on the worker's machine";
export const absolutePath = v.pipe(
  v.string(ABSOLUTE),
  v.startsWith("/", ABSOLUTE),
  v.excludes("\0", ABSOLUTE),
);

export const taskType = v.pipe(
  v.string('a task type such as "concat" or "images/resize"'),
  v.nonEmpty('a task type such as "concat" or "images/resize"'),
  v.maxLength(MAX_NAME, `a text of at most ${MAX_NAME} characters`),
);

export const remoteModule = keys({ module: text, export: text }, "{ module: import.meta.url, export: NAME }");

const TASK_REF = "a task, or its key, name or number";
export const taskRef = v.union([count, name], TASK_REF);

const SESSION_REF = "the id or the name of a session";
export const sessionRef = v.union(
  [
    v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    v.pipe(v.string(), v.nonEmpty(), v.maxLength(MAX_NAME)),
  ],
  SESSION_REF,
);

export const sessionOptions = options({
  name: v.optional(name),
  detached: v.optional(flag),
  retain: v.optional(flag),
  onFailure: v.optional(v.picklist(["stop", "continue"], '"stop" or "continue"')),
  ship: v.optional(flag),
  onSent: v.optional(callback),
});

export const placeOptions = options({ signal: v.optional(signal), ship: v.optional(flag) });

export const stopOptions = options({ signal: v.optional(signal), force: v.optional(flag) });

export const logQuery = keys(
  {
    session: v.optional(count),
    task: v.optional(count),
    worker: v.optional(count),
    failed: v.optional(flag),
    server: v.optional(flag),
    follow: v.optional(flag),
  },
  "an object such as { session: 1, failed: true }",
);

const TLS = "an object such as { ca: PEM }";
export const clientOptions = options({
  agent: v.optional(name),
  token: v.optional(text),
  tls: v.optional(v.custom<object>((value) => typeof value === "object" && value !== null, TLS)),
  patienceMs: v.optional(milliseconds),
  timeoutMs: v.optional(milliseconds),
  onChange: v.optional(callback),
  log: v.optional(v.custom<object>(isLog, "a log with a method debug, such as one of pino")),
  signal: v.optional(signal),
  contentTypes: v.optional(
    v.array(
      v.custom<object>(isContentType, "a content type made by defineContentType"),
      "a list of content types",
    ),
  ),
});

export const runFileOptions = options({
  params: v.optional(v.custom<object>(isPlainObject, "an object with the values of parameters")),
  name: v.optional(name),
  directory: v.optional(localPath),
  ship: v.optional(flag),
  signal: v.optional(signal),
  connection: v.optional(clientOptions),
  onProgress: v.optional(callback),
  onBlocked: v.optional(callback),
});

function isLog(value: unknown): boolean {
  return typeof value === "object" && value !== null && "debug" in value && typeof value.debug === "function";
}

function isContentType(value: unknown): boolean {
  return typeof value === "object" && value !== null && "name" in value && "load" in value && "dump" in value;
}
