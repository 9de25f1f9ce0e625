import { access, constants, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, RainError } from "../errors.ts";
import { errnoOf } from "../platform/errno.ts";
import type { SessionPlan } from "../session-file/index.ts";

/**
 * Checks that objects can be saved in a directory, before any task runs. Missing folders are made later.
 * @throws USAGE
 */
export async function checkOutput(directory: string, { save }: Pick<SessionPlan, "save">): Promise<void> {
  const folders = new Set([directory, ...save.map(({ path }) => dirname(join(directory, path)))]);
  for (const folder of folders) await checkFolder(folder);
}

/** Checks a folder, or else the nearest of its parents that exists. */
async function checkFolder(folder: string): Promise<void> {
  const cannotSave = (why: string) =>
    new RainError("USAGE", `cannot save results in ${folder}: ${why}`, {
      hint: "Nothing was run. Choose another directory for the results.",
    });
  for (let path = folder; ; path = dirname(path)) {
    try {
      if (!(await stat(path)).isDirectory()) throw cannotSave(`${path} is not a directory`);
      await access(path, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      if (error instanceof RainError) throw error;
      if (errnoOf(error) === "ENOENT" && dirname(path) !== path) continue;
      if (errnoOf(error) === "ENOTDIR") continue;
      throw cannotSave(messageOf(error));
    }
  }
}
