import { randomUUID } from "node:crypto";
import { readdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../platform/errno.ts";
import { removeTree } from "../platform/files/remove-tree.ts";

/**
 * Writes a directory, which appears when it is complete. Where there is one, its files replace those of the same names.
 * @param fill creates the directory at the given path, in the folder of the other
 * @throws the system error, and what `fill` throws
 */
export async function writeDirectory(path: string, fill: (path: string) => Promise<void>): Promise<void> {
  const partial = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID().slice(0, 8)}.partial`);
  try {
    await fill(partial);
    await takePlace(partial, path);
  } catch (error) {
    await removeTree(partial);
    throw error;
  }
}

async function takePlace(partial: string, path: string): Promise<void> {
  try {
    await rename(partial, path);
  } catch (error) {
    if (errnoOf(error) !== "ENOTEMPTY" && errnoOf(error) !== "EEXIST") throw error;
    for (const name of await readdir(partial)) {
      const former = join(path, name);
      await removeTree(former);
      await rename(join(partial, name), former);
    }
    await removeTree(partial);
  }
}
