import { chmod, lstat } from "node:fs/promises";
import { join } from "node:path";
import { RainError } from "../../errors.ts";
import type { DataType } from "../../protocol/messages/index.ts";
import { walkTree } from "../../transport/tree.ts";

/**
 * Makes a file, or the files of a directory, read-only. Returns its size; for a directory, the sum of its
 * files. @throws IO for anything else
 */
export async function seal(path: string): Promise<{ dataType: DataType; size: number }> {
  const stat = await lstat(path);
  if (stat.isDirectory()) return { dataType: "dir", size: await sealTree(path) };
  if (!stat.isFile()) throw new RainError("IO", `${path} is neither a file nor a directory`);
  // A file that is read-only already may belong to a directory as well, where its executable bit matters.
  if ((stat.mode & 0o222) !== 0) await chmod(path, 0o444);
  return { dataType: "blob", size: stat.size };
}

async function sealTree(root: string): Promise<number> {
  let size = 0;
  for await (const entry of walkTree(root)) {
    const path = join(root, entry.path);
    if (entry.kind === "file") await chmod(path, entry.executable ? 0o555 : 0o444);
    if (entry.kind === "dir") await chmod(path, 0o755);
    size += entry.size;
  }
  return size;
}
