import { constants } from "node:fs";
import { copyFile, lstat, mkdir, open, rename, utimes } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { type Fingerprint, fingerprintOfFile } from "../../platform/files/changes/fingerprint.ts";
import { moveFile } from "../../platform/files/changes/linked-files.ts";
import { moveTree } from "../../platform/files/move-tree.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import type { FileFacts } from "../../protocol/messages/index.ts";
import { removeFiles } from "./remove-files.ts";
import { type Sealed, seal } from "./seal.ts";

/** A file or directory in the store. */
export interface StoredFile {
  path: string;
  /** Shows whether somebody has changed it. */
  fingerprint: Fingerprint;
}

/**
 * The folder with the object files of one session. It is removed with its last file once the session has
 * ended.
 */
export class SessionFolder {
  readonly #path: string;
  #made: Promise<unknown> | undefined;
  /** Files and directories that exist or are being made. */
  #count = 0;
  #serial = 0;
  #ended = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Moves a file or directory in, and makes it read-only. @throws IO; the source is then removed as well */
  async take(object: number, source: string): Promise<Sealed & { path: string }> {
    return await this.#add(object, async (path) => {
      try {
        const sealed = await seal(source);
        if (sealed.dataType === "dir") {
          await moveTree(source, path);
          return { path, ...sealed };
        }
        // The move of a file, but not that of a directory around it, changes its time of status.
        const { statusTimes } = fingerprintOfFile(moveFile(source, path));
        return { path, ...sealed, fingerprint: { ...sealed.fingerprint, statusTimes } };
      } catch (error) {
        await removeFiles(source);
        throw error;
      }
    });
  }

  /** Writes a read-only file. @throws IO */
  async write(object: number, bytes: Uint8Array, facts: FileFacts | undefined): Promise<StoredFile> {
    return await this.#add(object, async (path) => {
      const file = await open(path, "wx", facts?.executable ? 0o555 : 0o444);
      try {
        await file.writeFile(bytes);
        if (facts) await file.utimes(facts.modifiedAt / 1000, facts.modifiedAt / 1000);
      } finally {
        await file.close();
      }
      // Some network file systems set the times when a file is closed.
      return { path, fingerprint: fingerprintOfFile(await lstat(path)) };
    });
  }

  /** Replaces a file that another worker has as well by a copy. @throws IO */
  async separate(object: number, path: string): Promise<StoredFile> {
    const copy = `${path}.copy`;
    try {
      const { atimeMs, mtimeMs } = await lstat(path);
      await copyFile(path, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await utimes(copy, atimeMs / 1000, mtimeMs / 1000);
      await seal(copy);
      await rename(copy, path);
      return { path, fingerprint: fingerprintOfFile(await lstat(path)) };
    } catch (error) {
      await removeTree(copy);
      throw cannotStore(object, path, error);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await removeFiles(path);
    } finally {
      this.#count--;
    }
    await this.#removeWhenDone();
  }

  /** The session has ended: no more objects will come. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#removeWhenDone();
  }

  async #add<Result>(object: number, make: (path: string) => Promise<Result>): Promise<Result> {
    const path = join(this.#path, `${object}-${this.#serial++}`);
    this.#count++;
    try {
      this.#made ??= mkdir(this.#path, { recursive: true });
      await this.#made;
      return await make(path);
    } catch (error) {
      // The first error is the one to report.
      await this.remove(path).catch(() => {});
      if (error instanceof RainError) throw error;
      throw cannotStore(object, path, error);
    }
  }

  async #removeWhenDone(): Promise<void> {
    if (this.#ended && this.#count === 0 && this.#made) await removeTree(this.#path);
  }
}

function cannotStore(object: number, path: string, cause: unknown): RainError {
  return new RainError("IO", `cannot store object ${object} in ${path}: ${messageOf(cause)}`, { cause });
}
