import { randomUUID } from "node:crypto";
import { constants, createWriteStream } from "node:fs";
import { chmod, copyFile, rename, stat, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { messageOf, RainError } from "../../errors.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import type { Download } from "./download.ts";

const WRITE_BYTES = 1 << 20;

/** Writes a temporary file in the same folder first, so that the file is never incomplete. @throws IO */
export async function saveFile(download: Download, path: string): Promise<void> {
  const partial = partialPath(path);
  await saving(download, path, partial, async () => {
    if (download.file !== undefined && (await copied(download, download.file, partial)))
      download.body.destroy();
    else await pipeline(download.body, createWriteStream(partial, { highWaterMark: WRITE_BYTES }));
    await rename(partial, path);
  });
}

/** Copies within the kernel, or shares blocks where the file system can. Returns whether that succeeded. */
async function copied({ body }: Download, file: string, target: string): Promise<boolean> {
  // The body is read only if this fails; its reader then gets its errors.
  body.on("error", () => {});
  // A new file has the mode of the user's umask.
  await writeFile(target, "", { flag: "wx" });
  const { mode } = await stat(target);
  const isCopied = await copyFile(file, target, constants.COPYFILE_FICLONE).then(
    () => true,
    () => false,
  );
  // The object's file is read-only, and so is its copy at first.
  await chmod(target, mode & 0o777);
  return isCopied;
}

/**
 * Unpacks the tar. Adds the files to an existing directory; a new directory appears when it is complete.
 * @throws IO
 */
export async function saveDirectory(download: Download, path: string): Promise<void> {
  const { unpackTree } = await import("../../transport/tar.ts");
  if (await exists(path)) {
    await saving(download, path, undefined, () => unpackTree(download.body, path));
    return;
  }
  const partial = partialPath(path);
  await saving(download, path, partial, async () => {
    await unpackTree(download.body, partial);
    await rename(partial, path);
  });
}

async function saving(
  { body }: Download,
  path: string,
  partial: string | undefined,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    body.destroy();
    if (partial !== undefined) await removeTree(partial);
    if (error instanceof RainError) throw error;
    throw new RainError("IO", `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const partialPath = (path: string) => `${path}.${randomUUID().slice(0, 8)}.partial`;
