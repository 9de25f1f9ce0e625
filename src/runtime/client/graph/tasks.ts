import type { DataType } from "../../protocol/messages/index.ts";
import {
  asObject,
  type Inputs,
  type ObjectLike,
  type OutputOptions,
  Task,
  type TaskOptions,
} from "./values.ts";

export { program, run } from "./run.ts";

/** Options of a task with one output. */
export interface SingleOutputOptions extends TaskOptions {
  /** Label of the output. */
  label?: string;
  /** Content type of the output. */
  contentType?: string;
}

/** A task of any type, such as one of a plugin: `task("images/resize", { inputs: [photo], config: { width: 200 } })`. */
export function task(
  type: string,
  options: { inputs?: Inputs; config?: unknown; outputs?: readonly OutputOptions[] } & TaskOptions = {},
): Task {
  return new Task(type, options);
}

/** Concatenates blobs. */
export function concat(inputs: readonly ObjectLike[], options: SingleOutputOptions = {}): Task {
  return withOneOutput("builtin/concat", options, { inputs });
}

/** Returns its input after this many seconds. */
export function sleep(input: ObjectLike, seconds: number, options: TaskOptions = {}): Task {
  const { dataType, contentType } = asObject(input);
  return withOneOutput(
    "builtin/sleep",
    { ...options, contentType },
    { inputs: [input], config: seconds, dataType },
  );
}

/** Reads a file on the worker's machine. @param path absolute */
export function open(path: string, options: SingleOutputOptions = {}): Task {
  return withOneOutput("builtin/open", options, { config: { path } });
}

/** Reads a directory on the worker's machine. @param path absolute */
export function openDir(path: string, options: SingleOutputOptions = {}): Task {
  return withOneOutput("builtin/open_dir", options, { config: { path }, dataType: "dir" });
}

/** Writes an object to the file system of the worker's machine. @param path absolute */
export function store(input: ObjectLike, path: string, options: TaskOptions = {}): Task {
  return new Task("builtin/store", { ...options, inputs: [input], config: { path }, outputs: [] });
}

/** Makes a directory with each object at its relative path. `""` and `"."` are the directory itself. */
export function makeDirectory(
  content: Readonly<Record<string, ObjectLike>>,
  options: SingleOutputOptions = {},
): Task {
  const inputs = Object.values(content);
  return withOneOutput("builtin/make_directory", options, {
    inputs,
    config: { paths: Object.keys(content) },
    dataType: "dir",
  });
}

/** Extracts a file from a directory, or a subdirectory if the path ends with `/`. */
export function sliceDirectory(input: ObjectLike, path: string, options: SingleOutputOptions = {}): Task {
  const dataType = path.endsWith("/") ? "dir" : "blob";
  return withOneOutput("builtin/slice_directory", options, { inputs: [input], config: { path }, dataType });
}

function withOneOutput(
  type: string,
  options: SingleOutputOptions,
  { inputs, config, dataType }: { inputs?: readonly ObjectLike[]; config?: unknown; dataType?: DataType },
): Task {
  const { label, contentType } = options;
  return new Task(type, { ...options, inputs, config, outputs: [{ label, contentType, dataType }] });
}
