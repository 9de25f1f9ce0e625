import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../runtime/platform/errno.ts";
import { removeTree } from "../runtime/platform/files/remove-tree.ts";
import { defineTask, TaskError, type TaskInput } from "../runtime/plugin/contract/index.ts";
import { absolutePath, configured, keys } from "./support/config.ts";
import { copyFileWritable, replicateTree } from "./support/trees.ts";

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
    // Written to a temporary file first, so that readers never see a part of it.
    const part = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
    try {
      await write(input, part, ctx.signal);
      await rename(part, path);
    } catch (error) {
      await removeTree(part);
      throw error;
    }
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

async function write(input: TaskInput, to: string, signal: AbortSignal): Promise<void> {
  if (input.memory) {
    await writeFile(to, input.memory);
    return;
  }
  const from = await input.path();
  if (input.dataType === "blob") await copyFileWritable(from, to);
  else await replicateTree({ from, to, shownAs: input.label, file: copyFileWritable, signal });
}
