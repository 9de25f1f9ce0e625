import { mkdir, open as openFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { JournalFile } from "./file.ts";
import { FILE_OPERATIONS, type FileOperations } from "./file-operations.ts";
import { MAGIC } from "./format.ts";
import { type JournalLock, lockJournal } from "./lock/lock.ts";
import { type FormerServer, markStopped, replayJournal } from "./replay.ts";
import { draftOf, Journal } from "./writer.ts";

/** Bytes per write. */
const COPY_BYTES = 1 << 20;

/** A locked journal, and what a former server has recorded in it. */
export interface OpenJournal {
  journal: Journal;
  former: FormerServer | undefined;
  unlock: () => Promise<void>;
}

/**
 * Opens the journal at this path, or creates one. Moves an incomplete end to another file.
 * @throws START_FAILED if another server uses the journal or the file is not a journal; IO
 */
export async function openJournal(
  path: string,
  log: Logger,
  operations: FileOperations = FILE_OPERATIONS,
): Promise<OpenJournal> {
  let lock: JournalLock | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    lock = await lockJournal(path, log);
    const { check, release } = lock;
    // A compaction that a crash has cut off.
    operations.remove(draftOf(path));
    return { ...(await open(path, log, operations, check)), unlock: release };
  } catch (error) {
    await lock?.release();
    if (error instanceof RainError) throw error;
    throw new RainError("IO", `cannot open the journal ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function open(
  path: string,
  log: Logger,
  operations: FileOperations,
  checkLock: () => void,
): Promise<Omit<OpenJournal, "unlock">> {
  if ((await readStart(path)) === "new") {
    return { journal: new Journal(createFile(path, operations), checkLock), former: undefined };
  }
  const former = await replayJournal(path, MAGIC.length);
  const file = JournalFile.open(path, operations);
  try {
    if (former.length < file.length) setIncompleteEndAside(file, former.length, log);
  } catch (error) {
    file.close();
    throw error;
  }
  const journal = new Journal(file, checkLock, former.bytesOf);
  if ((await takeStopMark(path)) && !former.wasStopped) {
    markStopped(former);
    journal.append(0, ["serverStopped", {}]);
  }
  return { journal, former };
}

function createFile(path: string, operations: FileOperations): JournalFile {
  const file = JournalFile.create(path, operations);
  try {
    file.append(MAGIC);
    file.syncNow();
    return file;
  } catch (error) {
    file.discard();
    throw error;
  }
}

/**
 * Removes the mark that `rain stop` leaves beside the journal in case the server cannot write. Returns
 * whether there was one.
 */
async function takeStopMark(path: string): Promise<boolean> {
  const mark = join(dirname(path), "stopped");
  const isThere = (await sizeOf(mark)) !== undefined;
  await rm(mark, { force: true });
  return isThere;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Returns `new` if there is no journal yet, or one whose creation was cut off: it may have zeros.
 * @throws START_FAILED if the file is not a journal
 */
async function readStart(path: string): Promise<"new" | "journal"> {
  const size = await sizeOf(path);
  if (size === undefined) return "new";
  const start = Buffer.alloc(MAGIC.length);
  const file = await openFile(path);
  try {
    await file.read(start, 0, MAGIC.length, 0);
  } finally {
    await file.close();
  }
  if (start.equals(MAGIC)) return "journal";
  if (size <= MAGIC.length && start.every((byte, i) => byte === 0 || byte === MAGIC[i])) return "new";
  throw new RainError("START_FAILED", `${path} is not a journal that this version of Rain can read`, {
    hint: "Start the server with another --workdir, or move the file away.",
  });
}

/** Moves what a crash has left behind the last complete record or submit to a file of its own. */
function setIncompleteEndAside(file: JournalFile, length: number, log: Logger): void {
  const aside = file.createBeside(`${file.path}.torn-${Date.now()}`);
  const size = file.length - length;
  try {
    for (let at = length; at < file.length; at += COPY_BYTES)
      aside.append(file.read(at, Math.min(at + COPY_BYTES, file.length)));
    aside.syncNow();
  } catch (error) {
    aside.discard();
    throw error;
  }
  aside.close();
  // Otherwise parts of it might follow new records after a power cut.
  file.truncate(length);
  file.syncNow();
  log.warn(`cut off the incomplete last ${size} bytes of ${file.path}; they are in ${aside.path}`);
}
