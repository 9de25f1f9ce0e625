import { chmod, lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../errno.ts";

/**
 * Removes a file, or a directory with everything in it, whatever modes a task has given it. Does nothing if it does not exist.
 * @throws the system error, for instance if it contains directories of another user
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await remove(path);
  } catch (error) {
    if (errnoOf(error) !== "EACCES" && errnoOf(error) !== "EPERM") throw error;
    await makeWritable(path);
    await remove(path);
  }
}

/**
 * Removes a tree, or renames it if that fails, so that its path is free.
 * @returns the path of what is left, if anything is
 */
export async function removeOrSetAside(path: string): Promise<string | undefined> {
  try {
    await removeTree(path);
    return undefined;
  } catch {
    const aside = `${path}.left-${Date.now()}`;
    return rename(path, aside).then(
      () => aside,
      () => path,
    );
  }
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Lets this user remove the entries of a directory and of those inside it, as far as they are the user's. */
async function makeWritable(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isDirectory()) return;
  await chmod(path, 0o700).catch(() => {});
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(path, entry.name));
}
