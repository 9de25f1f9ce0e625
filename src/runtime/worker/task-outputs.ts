import { lstat, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { isSubtype } from "../plugin/content-types.ts";
import type { DataType, TaskOutput } from "../plugin/contract.ts";
import { isWithin } from "../protocol/tree.ts";
import type { StoredObject } from "./content.ts";
import type { ObjectStore } from "./object-store.ts";
import { StoredInput } from "./task-input.ts";
import type { TaskRun } from "./task-run.ts";

type PathOutput = Extract<TaskOutput, { path: string }>;
type ReadyOutput = Uint8Array | StoredInput;

/**
 * Checks what a task gave against what it declared, and stores it. Nothing is stored when any of it is wrong. Answers a
 * promise only when there are files among the outputs.
 * @throws Error that says which output is wrong; RainError IO when it cannot be stored
 */
export function storeOutputs(
  store: ObjectStore,
  run: TaskRun,
  given: readonly TaskOutput[],
): StoredObject[] | Promise<StoredObject[]> {
  const declared = run.outputs.length;
  if (!Array.isArray(given)) throw new Error("the task type answered no list of outputs");
  if (given.length !== declared)
    throw new Error(`it gave ${given.length} outputs, but ${declared} are declared`);
  let hasPaths = false;
  for (let i = 0; i < declared; i++) {
    const output: unknown = given[i];
    if (output instanceof Uint8Array) checkDataType(run, i, "blob");
    else if (output instanceof StoredInput) checkDataType(run, i, output.dataType);
    else if (isPath(output)) hasPaths = true;
    else throw new Error(`${nameOf(run, i)} is neither bytes, nor an input, nor a path`);
    contentTypeOf(run, i, output);
  }
  if (hasPaths) return storePaths(store, run, given as (ReadyOutput | PathOutput)[]);
  return given.map((output, i) => storeReady(store, run, i, output as ReadyOutput));
}

async function storePaths(
  store: ObjectStore,
  run: TaskRun,
  given: readonly (ReadyOutput | PathOutput)[],
): Promise<StoredObject[]> {
  const sources = await Promise.all(
    given.map((output, i) => (isPath(output) ? locate(run, i, output.path) : "")),
  );
  const { session, firstOutput } = run.assigned;
  const stored: StoredObject[] = [];
  for (let i = 0; i < given.length; i++) {
    run.throwIfAborted();
    const output = given[i];
    const contentType = contentTypeOf(run, i, output);
    stored.push(
      isPath(output)
        ? await store.adopt(session, firstOutput + i, sources[i], contentType)
        : storeReady(store, run, i, output),
    );
  }
  return stored;
}

function storeReady(store: ObjectStore, run: TaskRun, index: number, output: ReadyOutput): StoredObject {
  const { session, firstOutput } = run.assigned;
  const contentType = contentTypeOf(run, index, output);
  if (output instanceof Uint8Array) return store.put(session, firstOutput + index, output, contentType);
  return store.forward(session, firstOutput + index, output.stored, contentType);
}

/** The real path of an output, which must lie in the task's directory. */
async function locate(run: TaskRun, index: number, path: string): Promise<string> {
  const root = await realpath(await run.dir());
  const name = nameOf(run, index);
  const found = await realpath(resolve(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new Error(`${name} is missing: there is no ${path}`);
    throw error;
  });
  if (!isWithin(root, found)) throw new Error(`${name} lies outside of the task's directory: ${path}`);
  const stat = await lstat(found);
  if (!stat.isDirectory() && !stat.isFile())
    throw new Error(`${name} is neither a file nor a directory: ${path}`);
  checkDataType(run, index, stat.isDirectory() ? "dir" : "blob", path);
  return found;
}

function checkDataType(run: TaskRun, index: number, actual: DataType, path?: string): void {
  const { dataType } = run.outputs[index];
  if (actual === dataType) return;
  const at = path === undefined ? "" : ` at ${path}`;
  const words = { blob: "a blob", dir: "a directory" };
  throw new Error(`${nameOf(run, index)} is ${words[actual]}${at}, but ${words[dataType]} was declared`);
}

/** The run-time content type: what the output says of itself, or else what is declared. */
function contentTypeOf(run: TaskRun, index: number, output: ReadyOutput | PathOutput): string {
  const declared = run.outputs[index].contentType;
  if (output instanceof Uint8Array) return declared;
  const actual = output.contentType || declared;
  if (isSubtype(actual, declared)) return actual;
  throw new Error(`${nameOf(run, index)} has the content type "${actual}", but "${declared}" was declared`);
}

function isPath(output: unknown): output is PathOutput {
  if (output instanceof StoredInput) return false;
  return typeof output === "object" && output !== null && "path" in output && typeof output.path === "string";
}

function nameOf(run: TaskRun, index: number): string {
  const { label } = run.outputs[index];
  return label === "" ? `output ${index}` : `output ${index} (${label})`;
}
