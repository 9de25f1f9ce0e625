import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { createTarPacker, type TarHeader } from "modern-tar";
import { unpackTar } from "modern-tar/fs";
import { RainError } from "../errors.ts";
import { type TreeEntry, walkTree } from "./tree.ts";

/** Bytes read from a file at a time. Larger reads are not faster, smaller ones are slower. */
export const READ_SIZE = 1 << 20;

export interface PackOptions {
  /** Whether to leave out this relative path and everything below it. */
  exclude?: (path: string) => boolean;
  /** `none` where the bytes must not depend on when the files were written. Default: `kept`, in whole seconds */
  times?: "kept" | "none";
}

/**
 * Packs a directory as a tar. Equal trees give equal bytes: entries are sorted, and owners and modes are left out, except
 * whether a file is executable. The stream fails with the errors of `walkTree`.
 */
export function packTree(root: string, { exclude, times = "kept" }: PackOptions = {}): Readable {
  const { readable, controller } = createTarPacker();
  const write = async () => {
    for await (const entry of walkTree(root, exclude)) {
      const body = controller.add(
        headerOf(entry, times === "kept" ? new Date(entry.modifiedAt) : new Date(0)),
      );
      if (entry.size === 0) {
        await body.close();
        continue;
      }
      const source = createReadStream(join(root, entry.path), {
        highWaterMark: READ_SIZE,
        end: entry.size - 1,
      });
      await pipeline(source, Writable.fromWeb(body));
    }
    controller.finalize();
  };
  write().catch((error) => controller.error(error));
  return Readable.fromWeb(readable as ReadableStream, { highWaterMark: READ_SIZE });
}

function headerOf({ path, kind, size, executable, target }: TreeEntry, mtime: Date): TarHeader {
  const common = { size, mtime, uid: 0, gid: 0 };
  switch (kind) {
    case "file":
      return { ...common, name: path, type: "file", mode: executable ? 0o755 : 0o644 };
    case "dir":
      return { ...common, name: `${path}/`, type: "directory", mode: 0o755 };
    case "link":
      return { ...common, name: path, type: "symlink", mode: 0o777, linkname: target };
  }
}

/**
 * Unpacks a tar into a new directory.
 * @throws IO if the tar is incomplete, contains what a directory object cannot contain, or names a path or a
 * link outside of the directory
 */
export async function unpackTree(tar: Readable, directory: string, signal?: AbortSignal): Promise<void> {
  await pipeline(tar, unpackTar(directory, { strict: true, map: checkEntry }), { signal });
}

/**
 * Rejects entries that the unpacker would silently change or skip. The unpacker itself rejects links that
 * lead out of the directory.
 */
function checkEntry(header: TarHeader): TarHeader {
  const { name, type, linkname = "" } = header;
  if (name.startsWith("/") || name.split("/").includes("..")) {
    throw new RainError("IO", `the tar names "${name}", which is outside of its directory`);
  }
  switch (type) {
    case "file":
      return header;
    case "directory":
      return { ...header, mode: 0o755 };
    case "symlink":
    case "link":
      if (!linkname.startsWith("/")) return header;
      throw new RainError(
        "IO",
        `the tar links "${name}" to "${linkname}", which is outside of its directory`,
      );
    default:
      throw new RainError(
        "IO",
        `the tar contains "${name}", a ${type}, which is neither a file nor a directory`,
      );
  }
}
