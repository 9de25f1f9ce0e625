import type { DataType } from "../../protocol/messages/index.ts";
import { isPlainObject, wrongArgument } from "../check/misuse.ts";
import { checkArgument, checkOptions } from "../check/options.ts";
import {
  absolutePath,
  duration,
  singleOutputOptions,
  taskOptions,
  taskType,
  text,
  typedTaskOptions,
} from "../check/schemas.ts";
import { configWithInputs } from "./config-objects.ts";
import { checkLabels, inputsOf, objectOf, objectsOf } from "./inputs.ts";
import { type Duration, secondsOf } from "./settings.ts";
import {
  type DataObject,
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

export interface TypedTaskOptions extends TaskOptions {
  inputs?: Inputs | undefined;
  /** JSON values and bytes. */
  config?: unknown;
  /** Default: one blob. */
  outputs?: readonly OutputOptions[] | undefined;
}

/**
 * A task of any type, such as one of a plugin: `task("images/resize", { inputs: [photo], config: { width: 200 } })`.
 * Data objects and tasks among the `arguments` of `python/call`, at any depth, become inputs; the function gets their
 * values.
 */
export function task(type: string, options: TypedTaskOptions = {}): Task {
  checkArgument("task", "type", taskType, type);
  checkOptions("task", typedTaskOptions, options);
  const { inputs = [], config, outputs } = options;
  if (outputs) checkLabels("task", "options.outputs", outputs);
  const given = inputsOf("task", "options.inputs", inputs);
  return new Task(type, { ...options, ...configWithInputs(type, config, given) });
}

/** Concatenates blobs. */
export function concat(inputs: readonly ObjectLike[], options: SingleOutputOptions = {}): Task {
  checkOptions("tasks.concat", singleOutputOptions, options);
  return withOneOutput("builtin/concat", options, { inputs: objectsOf("tasks.concat", "inputs", inputs) });
}

/** Returns its input after a delay. A number is in seconds. */
export function sleep(input: ObjectLike, delay: Duration, options: TaskOptions = {}): Task {
  const object = objectOf("tasks.sleep", "input", input);
  checkArgument("tasks.sleep", "delay", duration, delay);
  checkOptions("tasks.sleep", taskOptions, options);
  const { dataType, contentType } = object;
  return withOneOutput(
    "builtin/sleep",
    { ...options, contentType },
    { inputs: [object], config: secondsOf(delay), dataType },
  );
}

/** Reads a file on the worker's machine. @param path absolute */
export function open(path: string, options: SingleOutputOptions = {}): Task {
  checkArgument("tasks.open", "path", absolutePath, path);
  checkOptions("tasks.open", singleOutputOptions, options);
  return withOneOutput("builtin/open", options, { config: { path } });
}

/** Reads a directory on the worker's machine. @param path absolute */
export function openDir(path: string, options: SingleOutputOptions = {}): Task {
  checkArgument("tasks.openDir", "path", absolutePath, path);
  checkOptions("tasks.openDir", singleOutputOptions, options);
  return withOneOutput("builtin/open_dir", options, { config: { path }, dataType: "dir" });
}

/** Writes an object to the file system of the worker's machine. @param path absolute */
export function store(input: ObjectLike, path: string, options: TaskOptions = {}): Task {
  const object = objectOf("tasks.store", "input", input);
  checkArgument("tasks.store", "path", absolutePath, path);
  checkOptions("tasks.store", taskOptions, options);
  return new Task("builtin/store", { ...options, inputs: [object], config: { path }, outputs: [] });
}

/** Makes a directory with each object at its relative path. `""` and `"."` are the directory itself. */
export function makeDirectory(
  content: Readonly<Record<string, ObjectLike>>,
  options: SingleOutputOptions = {},
): Task {
  if (!isPlainObject(content)) {
    throw wrongArgument(
      "tasks.makeDirectory",
      "content",
      "an object with data objects and tasks by path",
      content,
    );
  }
  const inputs: DataObject[] = Object.entries(content).map(([path, value]) =>
    objectOf("tasks.makeDirectory", `content[${JSON.stringify(path)}]`, value),
  );
  checkOptions("tasks.makeDirectory", singleOutputOptions, options);
  return withOneOutput("builtin/make_directory", options, {
    inputs,
    config: { paths: Object.keys(content) },
    dataType: "dir",
  });
}

/** Extracts a file from a directory, or a subdirectory if the path ends with `/`. */
export function sliceDirectory(input: ObjectLike, path: string, options: SingleOutputOptions = {}): Task {
  const object = objectOf("tasks.sliceDirectory", "input", input);
  checkArgument("tasks.sliceDirectory", "path", text, path);
  checkOptions("tasks.sliceDirectory", singleOutputOptions, options);
  const dataType = path.endsWith("/") ? "dir" : "blob";
  return withOneOutput("builtin/slice_directory", options, { inputs: [object], config: { path }, dataType });
}

function withOneOutput(
  type: string,
  options: SingleOutputOptions,
  { inputs, config, dataType }: { inputs?: readonly ObjectLike[]; config?: unknown; dataType?: DataType },
): Task {
  const { label, contentType } = options;
  return new Task(type, { ...options, inputs, config, outputs: [{ label, contentType, dataType }] });
}
