import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../../runtime/platform/errno.ts";
import { executableMode } from "../../runtime/platform/files/file-facts.ts";
import { TaskError, type TaskInput } from "../../runtime/plugin/contract/index.ts";
import { copyFileWritable, linkFile, shareFile, shareFileOfTree } from "./files.ts";
import { replicateTree } from "./trees.ts";

/** The place of an input in a directory. */
export interface Placement {
  input: TaskInput;
  /** Normalized path, relative to the directory of the inputs, and not that directory itself. */
  path: string;
  for: Use;
}

/** What happens to a placed input: a program reads it, a program may change it, or it becomes part of another object. */
type Use = "reading" | "writing" | "object";

/** The input at this index. @throws Error if there is none, which the check of the config excludes */
export function inputAt(inputs: readonly TaskInput[], index: number): TaskInput {
  const input = inputs[index];
  if (!input) throw new Error(`there is no input ${index}`);
  return input;
}

/**
 * Places inputs in a directory, and creates their parent directories. Single calls are synchronous: they take a few microseconds, and the thread pool would add about a hundred.
 * @throws TaskError if two inputs have the same path
 */
export async function placeInputs(
  directory: string,
  placements: readonly Placement[],
  signal: AbortSignal,
): Promise<void> {
  for (const placement of parentsFirst(placements)) {
    try {
      if (placement.path.includes("/"))
        mkdirSync(join(directory, dirname(placement.path)), { recursive: true });
      await place(placement, join(directory, placement.path), signal);
    } catch (error) {
      if (!["EEXIST", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw error;
      throw new TaskError(
        `${JSON.stringify(placement.path)} clashes with another input, which has a file or directory there`,
      );
    }
  }
}

/** Creates directories for inputs, which may be empty. @param paths relative to `directory` */
export function makeDirectories(directory: string, paths: readonly string[]): void {
  for (const path of paths) mkdirSync(join(directory, path), { recursive: true });
}

/** Directories come before the inputs inside them. */
function parentsFirst(placements: readonly Placement[]): readonly Placement[] {
  if (placements.length < 2) return placements;
  const depth = ({ path }: Placement) => path.split("/").length;
  return [...placements].sort((a, b) => depth(a) - depth(b));
}

const REPLICATORS = {
  blob: { reading: shareFile, writing: copyFileWritable, object: linkFile },
  dir: { reading: shareFileOfTree, writing: copyFileWritable, object: linkFile },
};

async function place({ input, path, for: use }: Placement, to: string, signal: AbortSignal): Promise<void> {
  if (input.memory) {
    const mode = use === "writing" ? 0o644 : 0o444;
    const { modifiedAt, executable } = input.file ?? {};
    writeFileSync(to, input.memory, { flag: "wx", mode: executable ? executableMode(mode) : mode });
    if (modifiedAt !== undefined) utimesSync(to, modifiedAt / 1000, modifiedAt / 1000);
    return;
  }
  const from = await input.path();
  const file = REPLICATORS[input.dataType][use];
  if (input.dataType === "dir") await replicateTree({ from, to, shownAs: path, file, signal });
  else await file(from, to);
}
