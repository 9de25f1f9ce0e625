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
  /** Of the output. */
  label?: string;
  /** Of the output. */
  contentType?: string;
}

/** A task of any type, such as one of a plugin: `task("images/resize", { inputs: [photo], config: { width: 200 } })`. */
export function task(
  type: string,
  options: { inputs?: Inputs; config?: unknown; outputs?: readonly OutputOptions[] } & TaskOptions = {},
): Task {
  return new Task(type, options);
}

/** The blobs one after the other. */
export function concat(inputs: readonly ObjectLike[], options: SingleOutputOptions = {}): Task {
  return new Task("concat", { ...withOutput(options), inputs });
}

/** Gives its input on after so many seconds. */
export function sleep(input: ObjectLike, seconds: number, options: TaskOptions = {}): Task {
  const { dataType, contentType } = asObject(input);
  return new Task("sleep", {
    ...options,
    inputs: [input],
    config: seconds,
    outputs: [{ dataType, contentType }],
  });
}

/** The content of a file of the worker's machine. @param path absolute */
export function open(path: string, options: SingleOutputOptions = {}): Task {
  return new Task("open", { ...withOutput(options), config: { path } });
}

/** The content of a directory of the worker's machine. @param path absolute */
export function openDir(path: string, options: SingleOutputOptions = {}): Task {
  return new Task("open_dir", { ...withOutput(options, { dataType: "dir" }), config: { path } });
}

/** Writes an object to the file system of the worker's machine. @param path absolute */
export function store(input: ObjectLike, path: string, options: TaskOptions = {}): Task {
  return new Task("store", { ...options, inputs: [input], config: { path }, outputs: [] });
}

/** A directory with each object at its relative path; `""` and `"."` stand for the directory itself. */
export function makeDirectory(
  content: Readonly<Record<string, ObjectLike>>,
  options: SingleOutputOptions = {},
): Task {
  return new Task("make_directory", {
    ...withOutput(options, { dataType: "dir" }),
    inputs: Object.values(content),
    config: { paths: Object.keys(content) },
  });
}

/** A file of a directory, or, with a path that ends in `/`, a directory of it. */
export function sliceDirectory(input: ObjectLike, path: string, options: SingleOutputOptions = {}): Task {
  const dataType = path.endsWith("/") ? "dir" : "blob";
  return new Task("slice_directory", {
    ...withOutput(options, { dataType }),
    inputs: [input],
    config: { path },
  });
}

function withOutput(
  { label, contentType, ...options }: SingleOutputOptions,
  output: OutputOptions = {},
): TaskOptions & { outputs: OutputOptions[] } {
  return { ...options, outputs: [{ ...output, label, contentType }] };
}
