import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { errnoOf } from "../runtime/platform/errno.ts";
import { defineTask, type TaskContext, TaskError } from "../runtime/plugin/contract/index.ts";
import { configured, keys, relativePath } from "./support/config.ts";
import { linkFile } from "./support/files.ts";
import { describeNearby } from "./support/listing.ts";
import { normalizePath } from "./support/paths.ts";
import { replicateTree } from "./support/trees.ts";

interface Config {
  path: string;
}

export const sliceDirectory = defineTask({
  name: "slice_directory",
  summary: 'Takes a file out of a directory, or a subdirectory when the path ends in "/"',
  inputs: { fixed: [{ dataType: "dir" }] },
  outputs: { fixed: [{ dataType: "any" }] },
  ...configured(
    keys({
      path: v.pipe(
        relativePath,
        v.nonEmpty("the path is empty"),
        v.description("path in the directory; of a subdirectory, it ends in /"),
      ),
    }),
  ),
  async run(ctx) {
    const { path } = ctx.config;
    const wanted = path.endsWith("/") ? "dir" : "blob";
    checkDeclared(ctx, wanted);
    const found = await find(await ctx.inputs[0].path(), path, wanted);
    const slice = join(await ctx.dir(), "slice");
    if (wanted === "blob") await linkFile(found, slice);
    else await replicateTree({ from: found, to: slice, shownAs: path, file: linkFile, signal: ctx.signal });
    return [{ path: slice }];
  },
});

function checkDeclared({ config, outputs }: TaskContext<Config>, wanted: "dir" | "blob"): void {
  if (outputs[0]?.dataType === wanted) return;
  const [taken, declared] = wanted === "dir" ? ["directory", "blob"] : ["file", "directory"];
  throw new TaskError(
    `the path ${JSON.stringify(config.path)} takes a ${taken} out, but the output is declared as a ${declared}`,
  );
}

/** The real path of the file or directory to take out. @throws TaskError if it is missing or of the other kind */
async function find(root: string, path: string, wanted: "dir" | "blob"): Promise<string> {
  const inside = normalizePath(path);
  const shown = JSON.stringify(path);
  const found = await resolveInside(root, inside);
  if (found === undefined) {
    throw new TaskError(`${shown} does not exist in the input: ${describeNearby(root, inside)}`);
  }
  const isDirectory = (await stat(found)).isDirectory();
  if (isDirectory && wanted === "blob") {
    throw new TaskError(`${shown} is a directory; write "${inside || "."}/" to take a directory out`);
  }
  if (!isDirectory && wanted === "dir") {
    throw new TaskError(`${shown} is a file; write "${inside}" to take a file out`);
  }
  return found;
}

async function resolveInside(root: string, path: string): Promise<string | undefined> {
  try {
    const realRoot = await realpath(root);
    const found = await realpath(join(root, path));
    return found === realRoot || found.startsWith(`${realRoot}/`) ? found : undefined;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
