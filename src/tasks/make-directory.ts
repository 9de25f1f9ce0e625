import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { defineTask, TaskError } from "../runtime/plugin/contract/index.ts";
import { configured, keys, relativePath } from "./support/config.ts";
import { linkFile } from "./support/files.ts";
import { firstDuplicate, normalizePath } from "./support/paths.ts";
import { inputAt, makeDirectories, placeInputs } from "./support/place.ts";
import { replicateTree } from "./support/trees.ts";

export const makeDirectory = defineTask({
  name: "make_directory",
  summary: "Makes a directory of its inputs, each at its path",
  inputs: { rest: { dataType: "any" } },
  outputs: { fixed: [{ dataType: "dir" }] },
  ...configured(
    keys({
      paths: v.pipe(v.array(relativePath), v.description("the path of each input in the directory")),
      directories: v.optional(
        v.pipe(v.array(relativePath), v.description("empty directories in the directory")),
        [],
      ),
    }),
  ),

  check({ config, inputs }) {
    if (config.paths.length !== inputs) {
      throw new Error(`paths needs one entry per input; it has ${config.paths.length} for ${inputs}`);
    }
    const paths = config.paths.map(normalizePath);
    const directories = config.directories.map(normalizePath);
    const twice = firstDuplicate(paths) ?? directories.find((path) => path !== "" && paths.includes(path));
    if (twice !== undefined) throw new Error(`the path ${JSON.stringify(twice || ".")} is used twice`);
  },

  async run(ctx) {
    const placements = ctx.config.paths.map((path, index) => ({
      input: inputAt(ctx.inputs, index),
      path: normalizePath(path),
      for: "object" as const,
    }));
    const made = join(await ctx.dir(), "directory");
    const base = placements.find(({ path }) => path === "");
    if (base === undefined) {
      mkdirSync(made);
    } else {
      if (base.input.dataType !== "dir")
        throw new TaskError(`the input at "." is a blob; the base must be a directory`);
      const from = await base.input.path();
      await replicateTree({ from, to: made, shownAs: ".", file: linkFile, signal: ctx.signal });
    }
    makeDirectories(made, ctx.config.directories);
    const others = placements.filter((placement) => placement !== base);
    await placeInputs(made, others, ctx.signal);
    return [{ path: made }];
  },
});
