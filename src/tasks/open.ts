import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../runtime/platform/errno.ts";
import { defineTask, TaskError } from "../runtime/plugin/contract/index.ts";
import { absolutePath, configured, keys } from "./support/config.ts";
import { copyFileInto } from "./support/files.ts";

export const open = defineTask({
  name: "open",
  summary: "Copies a file from the worker's file system",
  inputs: {},
  outputs: { fixed: [{ dataType: "blob" }] },
  ...configured(keys({ path: absolutePath })),
  async run(ctx) {
    const { path } = ctx.config;
    const found = await statSource(path);
    if (found.isDirectory())
      throw new TaskError(`${JSON.stringify(path)} is a directory; use open_dir for a directory`);
    if (!found.isFile()) throw new TaskError(`${JSON.stringify(path)} is not a regular file`);
    const copy = join(await ctx.dir(), "file");
    await copyFileInto(path, copy);
    return [{ path: copy }];
  },
});

/** @throws TaskError if the path does not exist */
export async function statSource(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new TaskError(`${JSON.stringify(path)} does not exist on the worker that ran this task`);
  }
}
