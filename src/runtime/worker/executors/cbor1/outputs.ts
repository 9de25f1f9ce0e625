import { lstat, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Result, ResultOutput } from "../../../executor/cbor1/index.ts";
import { moveTree } from "../../../platform/files/move-tree.ts";
import { outputName } from "../../../plugin/check/outputs.ts";
import type { PlainOutput } from "../../../plugin/loading/outputs.ts";
import { isWithin } from "../../../transport/tree.ts";
import type { TaskRun } from "../../tasks/task-run.ts";

/**
 * Takes over the outputs of a successful call. Files are moved to the task's directory at once, since the
 * executor may use the same names for its next call. @param cwd directory of the executor @throws Error that
 * says which output is wrong
 */
export async function outputsOf(run: TaskRun, { outputs }: Result, cwd: string): Promise<PlainOutput[]> {
  if (outputs.length !== run.outputs.length) {
    throw new Error(`it gave ${outputs.length} outputs, but ${run.outputs.length} are declared`);
  }
  const taken: PlainOutput[] = [];
  for (const [i, output] of outputs.entries()) taken.push(await take(run, output, i, cwd));
  return taken;
}

async function take(
  run: TaskRun,
  { info, location: [kind, what] }: ResultOutput,
  index: number,
  cwd: string,
): Promise<PlainOutput> {
  if (info.debug) run.debug(`${outputName(run.outputs, index)}: ${info.debug}`);
  run.remarkOn(index, info);
  const contentType = info.content_type;
  switch (kind) {
    case "memory":
      // A copy: a view would keep the whole message in memory.
      return { bytes: new Uint8Array(what), contentType };
    case "other_object": {
      const [session, object] = what;
      const input = run.inputs.find((input) => input.object === object);
      if (input && session === run.assigned.session) return input;
      throw new Error(`${outputName(run.outputs, index)} is [${what}], which is not an input of the task`);
    }
    case "path": {
      const target = join(await run.dir(), `output-${index}`);
      await moveTree(await locate(cwd, what, outputName(run.outputs, index)), target);
      return { path: target, contentType };
    }
  }
}

/** The real path of a file or directory within the executor's own. */
async function locate(cwd: string, path: string, name: string): Promise<string> {
  const root = await realpath(cwd);
  const found = await realpath(resolve(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new Error(`${name} is missing: there is no ${path}`);
    throw error;
  });
  if (found === root || !isWithin(root, found)) {
    throw new Error(`${name} lies outside of the executor's directory: ${path}`);
  }
  const stat = await lstat(found);
  if (stat.isFile() || stat.isDirectory()) return found;
  throw new Error(`${name} is neither a file nor a directory: ${path}`);
}
