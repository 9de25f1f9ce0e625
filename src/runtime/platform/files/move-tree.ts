import { chmod, lstat, rename } from "node:fs/promises";
import { errnoOf } from "../errno.ts";

/**
 * Moves a file or directory within a file system, a directory without write permission as well, which keeps its mode.
 * @throws the system error
 */
export async function moveTree(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const stats = errnoOf(error) === "EACCES" ? await lstat(from) : undefined;
    if (!stats?.isDirectory()) throw error;
    // The entry for its parent changes with the parent.
    await chmod(from, stats.mode | 0o200);
    await rename(from, to);
    await chmod(to, stats.mode);
  }
}
