import { constants } from "node:fs";
import { chmod, copyFile, open, stat, writeFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { replaceDirectory } from "../../platform/files/replace-directory.ts";
import { replaceFile } from "../../platform/files/replace-file.ts";
import { writeError } from "../../platform/files/write-error.ts";
import type { Download } from "./download.ts";

const WRITE_BYTES = 1 << 20;

/** Writes a blob, as `replaceFile` does. @throws IO */
export async function saveFile(download: Download, path: string): Promise<void> {
  const { body, info, signal } = download;
  await saving(download, path, () =>
    replaceFile(path, {
      facts: info.file,
      signal,
      stream: () => body,
      toFile: async (target) => {
        if (await copied(download, target)) body.destroy();
        else await writeNew(body, target);
      },
    }),
  );
}

async function writeNew(body: Readable, path: string): Promise<void> {
  const file = await open(path, "w");
  await pipeline(body, file.createWriteStream({ highWaterMark: WRITE_BYTES }));
}

/** Copies within the kernel, or shares blocks where the file system can. Returns whether that succeeded. */
async function copied({ file }: Download, target: string): Promise<boolean> {
  if (!file) return false;
  // A new file has the mode of the user's umask.
  await writeFile(target, "", { flag: "wx" });
  const { mode } = await stat(target);
  const isCopied = await copyFile(file.path, target, constants.COPYFILE_FICLONE).then(
    () => file.isUntouched(),
    () => false,
  );
  // The object's file is read-only, and so is its copy at first.
  await chmod(target, mode & 0o777);
  return isCopied;
}

/** Unpacks the tar of a directory, as `replaceDirectory` does. @throws IO */
export async function saveDirectory(download: Download, path: string): Promise<void> {
  await saving(download, path, () => replaceDirectory(path, (target) => unpack(download, target)));
}

/** Writes a blob or directory to a path where nothing is, in a directory that nobody else uses. @throws IO */
export async function saveNew(download: Download, path: string): Promise<void> {
  if (download.info.dataType === "dir") await saving(download, path, () => unpack(download, path));
  else await saveFile(download, path);
}

async function unpack({ body }: Download, path: string): Promise<void> {
  const { unpackTree } = await import("../../transport/tar.ts");
  await unpackTree(body, path);
}

async function saving({ body }: Download, path: string, write: () => Promise<void>): Promise<void> {
  // Its reader gets its errors; nobody reads it if the file cannot be created.
  body.on("error", () => {});
  try {
    await write();
  } catch (error) {
    body.destroy();
    throw writeError(path, error);
  }
}
