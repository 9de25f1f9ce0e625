import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { decodeText } from "../../content-types/built-in/text.ts";
import { loadValue } from "../../content-types/lookup.ts";
import {
  checkOutputDataType,
  type DeclaredOutput,
  declaredOutput,
  outputContentType,
  outputName,
} from "../../plugin/check/outputs.ts";
import type { DataType } from "../../plugin/contract/index.ts";
import type { ContentTypeLookup, PlainOutput } from "../../plugin/loading/outputs.ts";
import { walkTree } from "../../transport/tree.ts";

export interface TestOutput {
  readonly label: string;
  readonly dataType: DataType;
  /** As refined at run time. */
  readonly contentType: string;
  /** The bytes of a blob; empty for a directory. */
  readonly bytes: Uint8Array;
  /** The files of a directory by relative path. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  text(): string;
  /** Loads the value according to the content type. */
  load(): Promise<unknown>;
}

interface Content {
  dataType: DataType;
  bytes: Uint8Array;
  files: Record<string, Uint8Array>;
}

/**
 * Reads an output of a task into memory.
 * @param root directory of relative paths
 * @throws Error if the output does not fit the declaration
 */
export async function readOutput(
  output: PlainOutput,
  index: number,
  declared: readonly DeclaredOutput[],
  root: string | undefined,
  lookup: ContentTypeLookup,
): Promise<TestOutput> {
  const given = output instanceof Uint8Array ? undefined : output.contentType;
  const { dataType, bytes, files } = await read(output, root, outputName(declared, index));
  checkOutputDataType(declared, index, dataType);
  const contentType = outputContentType(declared, index, given);
  return {
    label: declaredOutput(declared, index).label,
    dataType,
    contentType,
    bytes,
    files,
    text: () => decodeText(bytes, contentType),
    load: () => loadValue(bytes, contentType, lookup, outputName(declared, index)),
  };
}

async function read(output: PlainOutput, root: string | undefined, name: string): Promise<Content> {
  if (output instanceof Uint8Array) return blobOf(output);
  if ("bytes" in output && output.bytes instanceof Uint8Array) return blobOf(output.bytes);
  if ("stream" in output) {
    return output.dataType === "dir" ? readPath(await output.path()) : blobOf(await output.bytes());
  }
  if (!("path" in output) || typeof output.path !== "string")
    throw new Error(`${name} is neither bytes, nor an input, nor a path`);
  if (root === undefined) throw new Error(`${name} is a path, but the task has not asked for ctx.dir()`);
  return await readPath(resolve(root, output.path));
}

function blobOf(bytes: Uint8Array): Content {
  return { dataType: "blob", bytes, files: {} };
}

async function readPath(path: string): Promise<Content> {
  if (!(await stat(path)).isDirectory()) return blobOf(new Uint8Array(await readFile(path)));
  const files: Record<string, Uint8Array> = {};
  for await (const entry of walkTree(path)) {
    if (entry.kind === "file") files[entry.path] = new Uint8Array(await readFile(join(path, entry.path)));
  }
  return { dataType: "dir", bytes: new Uint8Array(0), files };
}
