import { access, constants, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, RainError } from "../errors.ts";
import { errnoOf } from "../platform/errno.ts";
import { resolveTarget } from "../platform/files/link-target.ts";
import { checkDirectoryTarget, ForeignFilesError } from "../platform/files/replace-directory.ts";
import { FOREIGN_HINT } from "../platform/files/write-error.ts";
import type { DataType } from "../protocol/messages/index.ts";
import type { SessionPlan } from "../session-file/index.ts";

/**
 * Checks that objects can be saved in a directory, before any task runs. Missing folders are made later.
 * @throws USAGE
 */
export async function checkOutput(
  directory: string,
  { save, savedDirectories }: Pick<SessionPlan, "save" | "savedDirectories">,
): Promise<void> {
  const ofInstances = new Set(savedDirectories);
  const alone = save.filter(({ path }) => !ofInstances.has(dirname(path)));
  const paths = [...savedDirectories, ...alone.map(({ path }) => path)].map((path) => join(directory, path));
  const folders = new Set([directory, ...paths.map((path) => dirname(path))]);
  for (const folder of folders) await checkFolder(folder);
  for (const path of savedDirectories) await checkTarget(join(directory, path), "dir");
  for (const { path, object } of alone) await checkTarget(join(directory, path), object.dataType);
}

/** Checks what would be replaced at the end. */
async function checkTarget(path: string, dataType: DataType): Promise<void> {
  try {
    if (dataType === "dir") await checkDirectoryTarget(path);
    else if ((await resolveTarget(path)).stats?.isDirectory()) throw new Error(`${path} is a directory`);
  } catch (error) {
    const hint = error instanceof ForeignFilesError ? FOREIGN_HINT : "Save to another path.";
    throw new RainError("USAGE", `cannot save results: ${messageOf(error)}`, {
      hint: `Nothing was run. ${hint}`,
      cause: error,
    });
  }
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
