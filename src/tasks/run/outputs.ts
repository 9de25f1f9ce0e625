import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../runtime/platform/errno.ts";
import { type TaskContext, TaskError, type TaskOutput } from "../../runtime/plugin/contract/index.ts";
import { copyFileInto } from "../support/files.ts";
import { describeNearby } from "../support/listing.ts";
import { normalizePath } from "../support/paths.ts";
import { checkTree, replicateTree } from "../support/trees.ts";
import { type RunConfig, STDERR, STDOUT } from "./config.ts";
import type { Printed, Program } from "./program.ts";

interface Produced {
  program: Program;
  stdout: Printed;
  stderr: Printed;
  /** Directory for outputs that must be copied. */
  directory: string;
}

/** @throws TaskError for an output that is missing, of the wrong kind, or outside of the working directory */
export async function collectOutputs(ctx: TaskContext<RunConfig>, produced: Produced): Promise<TaskOutput[]> {
  const { program, stdout, stderr } = produced;
  const outputs: TaskOutput[] = [];
  for (const [index, path] of ctx.config.out_paths.entries()) {
    const dataType = ctx.outputs[index]?.dataType ?? "blob";
    if (path === STDOUT || path === STDERR) {
      if (dataType === "dir") throw new TaskError(`output "${path}" is a blob, but a directory is declared`);
      outputs.push(
        path === STDOUT ? printedOutput(program.stdout, stdout) : printedOutput(program.stderr, stderr),
      );
    } else {
      outputs.push(await fileOutput(normalizePath(path), index, dataType, produced, ctx.signal));
    }
  }
  return outputs;
}

/** Short output is already in memory. */
function printedOutput(path: string | undefined, { size, tail }: Printed): TaskOutput {
  return path === undefined || size === tail.length ? tail : { path };
}

async function fileOutput(
  path: string,
  index: number,
  declared: "blob" | "dir",
  { program, directory }: Produced,
  signal: AbortSignal,
): Promise<TaskOutput> {
  const workingDirectory = program.cwd;
  const place = join(workingDirectory, path);
  const direct = statOutput(workingDirectory, path);
  const moved = direct.isSymbolicLink() || path.includes("/") ? resolveInside(workingDirectory, path) : place;
  checkKind(moved === place ? direct : statSync(moved), path, declared);
  if (declared === "dir") await checkTree(moved, path, signal);
  if (moved === place) return { path: place };

  // Other outputs may also lead to the target of a symbolic link, so it is copied.
  const copy = join(directory, `output-${index}`);
  if (declared === "dir")
    await replicateTree({ from: moved, to: copy, shownAs: path, file: copyFileInto, signal });
  else await copyFileInto(moved, copy);
  return { path: copy };
}

function statOutput(workingDirectory: string, path: string): Stats {
  try {
    return lstatSync(join(workingDirectory, path));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTDIR") throw error;
    throw missing(workingDirectory, path);
  }
}

/** Resolves symbolic links. @throws TaskError if the path does not exist or leaves the working directory */
function resolveInside(workingDirectory: string, path: string): string {
  let real: string;
  try {
    real = realpathSync(join(workingDirectory, path));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw missing(workingDirectory, path);
  }
  const root = realpathSync(workingDirectory);
  if (!real.startsWith(`${root}/`)) {
    throw new TaskError(
      `output ${JSON.stringify(path)} leads out of the working directory by a symbolic link`,
    );
  }
  return join(workingDirectory, real.slice(root.length + 1));
}

function missing(workingDirectory: string, path: string): TaskError {
  const found = describeNearby(workingDirectory, path);
  return new TaskError(`output ${JSON.stringify(path)} is missing: the program did not write it; ${found}`);
}

function checkKind(stats: Stats, path: string, declared: "blob" | "dir"): void {
  const shown = `output ${JSON.stringify(path)}`;
  if (stats.isDirectory()) {
    if (declared === "blob") throw new TaskError(`${shown} is a directory, but a blob is declared`);
  } else if (!stats.isFile()) {
    throw new TaskError(`${shown} is neither a file nor a directory`);
  } else if (declared === "dir") {
    throw new TaskError(`${shown} is a file, but a directory is declared`);
  }
}
