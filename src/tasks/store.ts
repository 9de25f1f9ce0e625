import { randomUUID } from "node:crypto";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../runtime/platform/errno.ts";
import { resolveTarget } from "../runtime/platform/files/link-target.ts";
import { removeTree } from "../runtime/platform/files/remove-tree.ts";
import { takePlace } from "../runtime/platform/files/replace-directory.ts";
import { replaceFile } from "../runtime/platform/files/replace-file.ts";
import { defineTask, TaskError, type TaskInput } from "../runtime/plugin/contract/index.ts";
import { absolutePath, configured, keys } from "./support/config.ts";
import { copyFileWritable } from "./support/files.ts";
import { replicateTree } from "./support/trees.ts";

export const store = defineTask({
  name: "store",
  aliases: ["export"],
  summary: "Writes its input to the worker's file system",
  inputs: { fixed: [{ dataType: "any" }] },
  outputs: {},
  ...configured(keys({ path: absolutePath })),
  async run(ctx) {
    const [input] = ctx.inputs;
    const { path } = ctx.config;
    await checkTarget(path, input);
    await mkdir(dirname(path), { recursive: true });
    if (input.dataType === "dir") await writeDirectory(input, path, ctx.signal);
    else await writeBlob(input, path, ctx.signal);
    return [];
  },
});

/**
 * Checks that the target is missing, a file to replace by a blob, or an empty directory to replace by a
 * directory.
 * @throws TaskError
 */
async function checkTarget(path: string, input: TaskInput): Promise<void> {
  const shown = JSON.stringify(path);
  if (input.dataType === "blob" && path.endsWith("/")) {
    throw new TaskError(`${shown} is the path of a directory; a blob cannot be stored there`);
  }
  const target = await existing(path);
  if (target === undefined) return;
  if (input.dataType === "blob") {
    if (target === "dir") throw new TaskError(`${shown} is a directory; a blob cannot be stored there`);
    return;
  }
  if (target === "file") throw new TaskError(`${shown} is a file; a directory cannot be stored there`);
  if ((await readdir(path)).length > 0) throw new TaskError(`the directory ${shown} exists and is not empty`);
}

async function existing(path: string): Promise<"file" | "dir" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "dir" : "file";
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function writeBlob(input: TaskInput, path: string, signal: AbortSignal): Promise<void> {
  const { memory, file } = input;
  await replaceFile(path, {
    facts: file,
    signal,
    stream: () => input.stream(),
    toFile: async (target) => {
      if (memory) await writeFile(target, memory);
      else await copyFileWritable(await input.path(), target);
    },
  });
}

/** Writes to a temporary directory first, so that readers never see a part. */
async function writeDirectory(input: TaskInput, path: string, signal: AbortSignal): Promise<void> {
  const { target } = await resolveTarget(path);
  const part = join(dirname(target), `.${basename(target)}.${randomUUID()}.part`);
  try {
    const from = await input.path();
    await replicateTree({ from, to: part, shownAs: input.label, file: copyFileWritable, signal });
    await takePlace(part, target);
  } catch (error) {
    await removeTree(part);
    throw error;
  }
}
