import { lstat, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import {
  checkOutputCount,
  checkOutputDataType,
  outputContentType,
  outputName,
} from "../../plugin/check/outputs.ts";
import type { PlainOutput } from "../../plugin/loading/outputs.ts";
import { isWithin } from "../../transport/tree.ts";
import type { StoredObject } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { StoredInput } from "./task-input.ts";
import type { TaskRun } from "./task-run.ts";

type PathOutput = { path: string; contentType?: string };
type BytesOutput = Extract<PlainOutput, { bytes: Uint8Array }>;
type ReadyOutput = Uint8Array | BytesOutput | StoredInput;

/**
 * Checks the outputs of a task against its declaration, and stores them. Nothing is stored when any of them
 * is wrong. Returns a promise only if there are files among the outputs. @throws Error that says which
 * output is wrong; RainError IO when it cannot be stored
 */
export function storeOutputs(
  store: ObjectStore,
  run: TaskRun,
  given: readonly PlainOutput[],
): StoredObject[] | Promise<StoredObject[]> {
  checkOutputCount(run.outputs, given.length);
  const checked = given.map((output, i) => checkOutput(run, i, output));
  if (checked.every(isReady)) return checked.map((output, i) => storeReady(store, run, i, output));
  return storePaths(store, run, checked);
}

function checkOutput(run: TaskRun, index: number, output: unknown): ReadyOutput | PathOutput {
  if (output instanceof StoredInput) checkOutputDataType(run.outputs, index, output.dataType);
  else if (output instanceof Uint8Array || isBytes(output)) checkOutputDataType(run.outputs, index, "blob");
  else if (!isPath(output))
    throw new Error(`${outputName(run.outputs, index)} is neither bytes, nor an input, nor a path`);
  contentTypeOf(run, index, output);
  return output;
}

async function storePaths(
  store: ObjectStore,
  run: TaskRun,
  given: readonly (ReadyOutput | PathOutput)[],
): Promise<StoredObject[]> {
  const located = await Promise.all(
    given.map(async (output, i) =>
      isPath(output) ? { ...output, path: await locate(run, i, output.path) } : output,
    ),
  );
  const { session, firstOutput } = run.assigned;
  const stored: StoredObject[] = [];
  for (const [i, output] of located.entries()) {
    run.throwIfAborted();
    const contentType = contentTypeOf(run, i, output);
    stored.push(
      isPath(output)
        ? await store.adopt(session, firstOutput + i, output.path, contentType)
        : storeReady(store, run, i, output),
    );
  }
  return stored;
}

function storeReady(store: ObjectStore, run: TaskRun, index: number, output: ReadyOutput): StoredObject {
  const { session, firstOutput } = run.assigned;
  const contentType = contentTypeOf(run, index, output);
  const object = firstOutput + index;
  if (output instanceof StoredInput) return store.forward(session, object, output.stored, contentType);
  return store.put(session, object, output instanceof Uint8Array ? output : output.bytes, contentType);
}

/** Returns the real path of an output, which must be in a directory of the task. */
async function locate(run: TaskRun, index: number, path: string): Promise<string> {
  const root = await realpath(run.outputRoot ?? (await run.dir()));
  const name = outputName(run.outputs, index);
  const found = await realpath(resolve(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new Error(`${name} is missing: there is no ${path}`);
    throw error;
  });
  if (!isWithin(root, found)) throw new Error(`${name} lies outside of the task's directory: ${path}`);
  const stat = await lstat(found);
  if (!stat.isDirectory() && !stat.isFile())
    throw new Error(`${name} is neither a file nor a directory: ${path}`);
  checkOutputDataType(run.outputs, index, stat.isDirectory() ? "dir" : "blob", path);
  return found;
}

/** Checks the content type that the output gives against the declaration. */
function contentTypeOf(run: TaskRun, index: number, output: ReadyOutput | PathOutput): string {
  const given = output instanceof Uint8Array ? undefined : output.contentType;
  return outputContentType(run.outputs, index, given);
}

function isReady(output: ReadyOutput | PathOutput): output is ReadyOutput {
  return !isPath(output);
}

function isBytes(output: unknown): output is BytesOutput {
  if (output instanceof StoredInput) return false;
  return (
    typeof output === "object" && output !== null && "bytes" in output && output.bytes instanceof Uint8Array
  );
}

function isPath(output: unknown): output is PathOutput {
  if (output instanceof StoredInput) return false;
  return typeof output === "object" && output !== null && "path" in output && typeof output.path === "string";
}
