import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { chmod, copyFile, lstat, rename, utimes } from "node:fs/promises";
import { join } from "node:path";
import { RainError } from "../../errors.ts";
import {
  type Fingerprint,
  fingerprintOfFile,
  fingerprintOfTree,
} from "../../platform/files/changes/fingerprint.ts";
import { fileFactsOf } from "../../platform/files/file-facts.ts";
import type { DataType, FileFacts } from "../../protocol/messages/index.ts";
import { walkTree } from "../../transport/tree.ts";

/** A file or directory that was made read-only. */
export interface Sealed {
  dataType: DataType;
  /** Bytes; for a directory, the sum of its files. */
  size: number;
  file: FileFacts | undefined;
  fingerprint: Fingerprint;
}

/**
 * Makes a file, or the files of a directory, read-only. They keep their modification times and stay executable.
 * @throws IO for anything else
 */
export async function seal(path: string): Promise<Sealed> {
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    const size = await sealTree(path);
    return { dataType: "dir", size, file: undefined, fingerprint: await fingerprintOfTree(path) };
  }
  if (!stats.isFile()) throw new RainError("IO", `${path} is neither a file nor a directory`);
  await sealFile(path, stats);
  return {
    dataType: "blob",
    size: stats.size,
    file: fileFactsOf(stats),
    fingerprint: fingerprintOfFile(await lstat(path)),
  };
}

async function sealTree(root: string): Promise<number> {
  let size = 0;
  for await (const { path, kind, stats } of walkTree(root)) {
    if (kind === "file") {
      await sealFile(join(root, path), stats);
      size += stats.size;
    }
    if (kind === "dir") await chmod(join(root, path), 0o755);
  }
  return size;
}

async function sealFile(path: string, stats: Stats): Promise<void> {
  const mode = fileFactsOf(stats).executable ? 0o555 : 0o444;
  // It may belong to another object as well.
  if ((stats.mode & 0o7777) === mode) return;
  // Who has the other link could change the file later, and may need to.
  if (stats.nlink > 1) await unshare(path, stats);
  await chmod(path, mode);
}

/** Replaces a link by a file of its own. */
async function unshare(path: string, { atime, mtime }: Stats): Promise<void> {
  const own = `${path}.${randomUUID()}`;
  await copyFile(path, own, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await utimes(own, atime, mtime);
  await rename(own, path);
}
