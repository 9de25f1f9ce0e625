import type { Stats } from "node:fs";
import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errnoOf } from "../errno.ts";

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/**
 * Where a path leads through symbolic links. `stats` are absent if there is nothing yet, also if the path is a link to nothing.
 * @throws the system error
 */
export async function resolveTarget(path: string): Promise<{ target: string; stats: Stats | undefined }> {
  const stats = await ifExists(stat(path));
  if (stats) return { target: await realpath(path), stats };
  let target = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    if (!(await ifExists(lstat(target)))?.isSymbolicLink()) break;
    target = resolve(dirname(target), await readlink(target));
  }
  return { target, stats: undefined };
}

async function ifExists(found: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await found;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
