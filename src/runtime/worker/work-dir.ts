import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, RainError } from "../errors.ts";

/** The folders of one worker, all on one file system so that files move between them by renaming. */
export interface WorkDir {
  /** Objects. */
  objects: string;
  /** Objects that are not complete yet. */
  incoming: string;
  /** Working directories of tasks. */
  tasks: string;
  /** Plugins that came from the server. */
  plugins: string;
  remove(): Promise<void>;
}

/** Makes a folder of this worker's own in `parent`, which is made too. @throws START_FAILED */
export async function makeWorkDir(parent: string): Promise<WorkDir> {
  const root = join(resolve(parent), `worker-${process.pid}-${randomBytes(4).toString("hex")}`);
  const dirs = {
    objects: join(root, "objects"),
    incoming: join(root, "incoming"),
    tasks: join(root, "tasks"),
    plugins: join(root, "plugins"),
  };
  try {
    for (const path of Object.values(dirs)) await mkdir(path, { recursive: true });
  } catch (error) {
    throw new RainError(
      "START_FAILED",
      `the worker cannot write to its work directory ${parent}: ${messageOf(error)}`,
      {
        hint: "Choose another one with --workdir.",
        cause: error,
      },
    );
  }
  return { ...dirs, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) };
}
