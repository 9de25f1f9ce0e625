import { join } from "node:path";
import { defineTask, TaskError } from "../runtime/plugin/contract/index.ts";
import { statSource } from "./open.ts";
import { absolutePath, configured, keys } from "./support/config.ts";
import { copyFileInto } from "./support/files.ts";
import { replicateTree } from "./support/trees.ts";

export const openDir = defineTask({
  name: "open_dir",
  summary: "Copies a directory from the worker's file system",
  inputs: {},
  outputs: { fixed: [{ dataType: "dir" }] },
  ...configured(keys({ path: absolutePath })),
  async run(ctx) {
    const { path } = ctx.config;
    if (!(await statSource(path)).isDirectory()) {
      throw new TaskError(`${JSON.stringify(path)} is not a directory; use open for a file`);
    }
    const copy = join(await ctx.dir(), "directory");
    await replicateTree({ from: path, to: copy, shownAs: path, file: copyFileInto, signal: ctx.signal });
    return [{ path: copy }];
  },
});
