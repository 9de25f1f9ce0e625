import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { errnoOf } from "../../platform/errno.ts";

/**
 * What the journal does with files. Tests replace these operations, so that they fail, handle fewer bytes than
 * asked, or stop at any point. All throw errors of the file system.
 */
export interface FileOperations {
  /** Opens a file that exists (`r+`), or creates an empty one (`w+`). */
  open(path: string, flags: "r+" | "w+"): number;
  /** Returns how many bytes were read, which may be fewer than asked. */
  read(file: number, bytes: Uint8Array, at: number, length: number, position: number): number;
  /** Returns how many bytes were written, which may be fewer than asked. */
  write(file: number, bytes: Uint8Array, at: number, length: number, position: number): number;
  size(file: number): number;
  truncate(file: number, length: number): void;
  /** Resolves when the bytes of the file are on the disk. */
  sync(file: number): Promise<void>;
  syncNow(file: number): void;
  /** Puts the names of the files of a directory on the disk. */
  syncDirectory(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  close(file: number): void;
}

/** Errors of file systems that cannot sync a directory. */
const CANNOT_SYNC_DIRECTORIES = ["EINVAL", "EISDIR", "EPERM", "EACCES", "ENOTSUP", "ENOSYS"];

export const FILE_OPERATIONS: FileOperations = {
  open: (path, flags) => openSync(path, flags, 0o600),
  read: readSync,
  write: writeSync,
  size: (file) => fstatSync(file).size,
  truncate: ftruncateSync,
  sync: promisify(fdatasync),
  syncNow: fdatasyncSync,
  syncDirectory(path) {
    let directory: number | undefined;
    try {
      directory = openSync(path, "r");
      fsyncSync(directory);
    } catch (error) {
      if (!CANNOT_SYNC_DIRECTORIES.includes(errnoOf(error) ?? "")) throw error;
    } finally {
      if (directory !== undefined) closeSync(directory);
    }
  },
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  close: closeSync,
};
