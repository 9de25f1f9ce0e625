import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import type {
  DataType,
  TaskContext,
  TaskInput,
  TaskOutput,
  TaskOutputs,
  TaskType,
} from "../../../src/runtime/plugin/contract/index.ts";
import { inputsByLabel } from "../../../src/runtime/plugin/loading/outputs.ts";
import { createRegistry } from "../../../src/runtime/plugin/registry.ts";
import { builtin } from "../../../src/tasks/index.ts";

export const registry = createRegistry([builtin]);

/** A directory of files by their relative paths, as an object has it. */
export type Files = Readonly<Record<string, string>>;

export interface InputOptions {
  label?: string;
  contentType?: string;
  /** Of a blob that was made from a file. */
  file?: TaskInput["file"];
}

/** An input, once the directory is known where files and directories are made. */
export type InputMaker = (scratch: string) => Promise<TaskInput>;

export interface OutputDeclaration {
  label?: string;
  dataType?: DataType;
  contentType?: string;
}

export interface TaskRun {
  config?: unknown;
  inputs?: readonly InputMaker[];
  /** By default a blob for each output that the type always has. */
  outputs?: readonly OutputDeclaration[];
  signal?: AbortSignal;
}

export interface TaskResult {
  /** What `run` answered: itself, not a promise, where the type answers at once. */
  answer: TaskOutputs | Promise<TaskOutputs>;
  outputs: readonly TaskOutput[];
  inputs: TaskInput[];
  /** What the type handed to the log. */
  printed: Parameters<TaskContext["printed"]>[0][];
  dir: string;
}

/** An empty directory that is removed after the test. */
export async function scratchDirectory(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), "rain-tasks-"));
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  return scratch;
}

/** Checks and runs a task of a built-in type as a worker would, in temporary directories. */
export async function runTask(name: string, task: TaskRun = {}): Promise<TaskResult> {
  const type = registry.taskType(name);
  if (!type) throw new Error(`no task type ${name}`);
  const scratch = await scratchDirectory();
  const inputs = await Promise.all((task.inputs ?? []).map((make) => make(scratch)));
  const outputs = (task.outputs ?? defaultOutputs(type)).map(
    ({ label = "", dataType = "blob", contentType = "" }) => {
      return { label, dataType, contentType };
    },
  );
  const config = registry.checkTask({ type: name, config: task.config, inputs, outputs });

  const printed: TaskResult["printed"] = [];
  const dir = join(scratch, "task");
  const ctx: TaskContext = {
    task: { session: 1, id: 0, name: "" },
    config,
    inputs,
    input: inputsByLabel(type.inputs, inputs),
    outputs,
    resources: {},
    signal: task.signal ?? new AbortController().signal,
    info: { user: undefined },
    debug() {},
    async dir() {
      await mkdir(dir, { recursive: true });
      return dir;
    },
    printed: (tails) => printed.push(tails),
  };
  const answer = type.run(ctx);
  const given = await answer;
  if (!isList(given)) throw new Error("built-in task types answer lists");
  return { answer, outputs: given, inputs, printed, dir };
}

function isList(outputs: TaskOutputs): outputs is readonly TaskOutput[] {
  return Array.isArray(outputs);
}

function defaultOutputs(type: TaskType): OutputDeclaration[] {
  return (type.outputs.fixed ?? []).map(({ dataType }) => ({
    dataType: dataType === "dir" ? "dir" : "blob",
  }));
}

/** A blob that the worker holds in memory. */
export function memory(content: string | Uint8Array, options: InputOptions = {}): InputMaker {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return async (scratch) => {
    const path = async () => {
      const file = await placeOf(scratch);
      await writeFile(file, bytes, { mode: 0o444 });
      return file;
    };
    return blobInput({ memory: bytes, size: bytes.length, path, read: async () => bytes }, options);
  };
}

/** A blob that the worker holds as a read-only file. */
export function file(content: string | Uint8Array, options: InputOptions = {}): InputMaker {
  return async (scratch) => {
    const path = await placeOf(scratch);
    await writeFile(path, content, { mode: 0o444 });
    const { size } = await stat(path);
    return blobInput(
      { memory: undefined, size, path: async () => path, read: () => readFile(path) },
      options,
    );
  };
}

/** A directory object. A name that ends in `/` is an empty directory. */
export function directory(files: Files, options: InputOptions = {}): InputMaker {
  return async (scratch) => {
    const path = await placeOf(scratch);
    await writeFiles(path, files);
    const refuse = () => {
      throw new Error("the bytes of a directory are not to be read");
    };
    return {
      label: options.label ?? "",
      dataType: "dir",
      contentType: options.contentType ?? "",
      size: 0,
      memory: undefined,
      bytes: refuse,
      text: refuse,
      load: refuse,
      stream: refuse,
      path: async () => path,
    };
  };
}

/** An executable file, or one in a directory, that was written long ago: at 1,000,000 seconds. */
export function old(make: InputMaker, name = ""): InputMaker {
  return async (scratch) => {
    const input = await make(scratch);
    const path = join(await input.path(), name);
    await chmod(path, 0o555);
    await utimes(path, 1_000_000, 1_000_000);
    return input;
  };
}

/** Writes read-only files below a new directory. */
export async function writeFiles(root: string, files: Files): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (name.endsWith("/")) continue;
    await writeFile(path, content);
    await chmod(path, 0o444);
  }
}

/** The content of an output. */
export async function textOf(output: TaskOutput): Promise<string> {
  if (output instanceof Uint8Array) return new TextDecoder().decode(output);
  if ("stream" in output) return output.text();
  return readFile(pathOf(output), "utf8");
}

/** Where an output lies that is a file or directory. */
export function pathOf(output: TaskOutput): string {
  if (output instanceof Uint8Array || !("path" in output) || typeof output.path !== "string")
    throw new Error("the output is not a path");
  return output.path;
}

function blobInput(
  blob: {
    memory: Uint8Array | undefined;
    size: number;
    path(): Promise<string>;
    read(): Promise<Uint8Array>;
  },
  { label = "", contentType = "", file }: InputOptions,
): TaskInput {
  return {
    label,
    contentType,
    dataType: "blob",
    size: blob.size,
    memory: blob.memory,
    file,
    bytes: blob.read,
    text: async () => new TextDecoder().decode(await blob.read()),
    load: () => Promise.reject(new Error("built-in task types load nothing")),
    stream: () => Readable.from(streamOf(blob)),
    path: blob.path,
  };
}

async function* streamOf(blob: { path(): Promise<string> }): AsyncGenerator<Uint8Array> {
  yield* createReadStream(await blob.path());
}

async function placeOf(scratch: string): Promise<string> {
  return join(await mkdtemp(join(scratch, "object-")), "content");
}
