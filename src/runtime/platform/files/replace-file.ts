import { randomUUID } from "node:crypto";
import { constants, createReadStream, type Stats } from "node:fs";
import { chmod, chown, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errnoOf } from "../errno.ts";
import { executableMode, type FileFacts, setFileFacts } from "./file-facts.ts";
import { resolveTarget } from "./link-target.ts";
import { writeFifo } from "./write-fifo.ts";

/** Paths that lead to open files of this process. Replacing such a file would not reach who holds it open. */
const OPEN_FILE = /^\/(dev\/(stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;

const INTO_STREAM = constants.O_WRONLY | constants.O_APPEND;
const INTO_FILE = constants.O_WRONLY | constants.O_TRUNC;

/** The content of a file. */
export interface FileSource {
  /** Writes it to a new file at this path. If the file cannot be created, nothing has been read yet. */
  toFile(path: string): Promise<void>;
  /** The same for a device or FIFO, which cannot be replaced. */
  stream(): Readable;
  facts: FileFacts | undefined;
  /** Ends the wait for the reader of a FIFO. */
  signal?: AbortSignal | undefined;
}

/**
 * Writes a file. Symbolic links are followed; devices and FIFOs are written into. A regular file is replaced when the new
 * one is complete, and keeps its mode and owner.
 * @throws the system error; Error for a directory
 */
export async function replaceFile(path: string, source: FileSource): Promise<void> {
  if (OPEN_FILE.test(path)) {
    await writeInto(path, INTO_STREAM, source.stream());
    return;
  }
  const { target, stats } = await resolveTarget(path);
  if (stats?.isDirectory()) throw new Error("it is a directory, and a file was to be written");
  if (stats?.isFIFO()) {
    await writeFifo(target, source.stream(), source.signal);
    return;
  }
  if (stats && !stats.isFile()) {
    await writeInto(path, INTO_STREAM, source.stream());
    return;
  }
  const partial = join(dirname(target), `.rain-${randomUUID()}.partial`);
  try {
    await source.toFile(partial);
  } catch (error) {
    await rm(partial, { force: true });
    // Perhaps the file may be written, although its directory may not.
    if (!stats || !["EACCES", "EPERM", "EROFS"].includes(errnoOf(error) ?? "")) throw error;
    await writeInto(target, INTO_FILE, source.stream());
    return;
  }
  try {
    await finish(partial, stats, source.facts);
    await rename(partial, target);
  } catch (error) {
    // A file that is mounted cannot be replaced.
    if (errnoOf(error) !== "EBUSY") throw error;
    await writeInto(target, INTO_FILE, createReadStream(partial));
  } finally {
    await rm(partial, { force: true });
  }
}

async function finish(
  partial: string,
  before: Stats | undefined,
  facts: FileFacts | undefined,
): Promise<void> {
  if (before) {
    const now = await stat(partial);
    if (now.uid !== before.uid || now.gid !== before.gid) {
      // Only the superuser can.
      await chown(partial, before.uid, before.gid).catch(() => {});
    }
    const mode = before.mode & 0o777;
    await chmod(partial, facts?.executable ? executableMode(mode) : mode);
  }
  if (facts) await setFileFacts(partial, facts);
}

async function writeInto(path: string, flags: number, content: Readable): Promise<void> {
  const file = await open(path, flags);
  // The stream closes the file.
  await pipeline(content, file.createWriteStream());
}
