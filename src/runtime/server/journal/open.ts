import { copyFile, mkdir, open as openFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { MAGIC } from "./format.ts";
import { lockJournal } from "./lock.ts";
import { type FormerServer, markStopped, replayJournal } from "./replay.ts";
import { Journal } from "./writer.ts";

/** A locked journal, and what a former server has recorded in it. */
export interface OpenJournal {
  journal: Journal;
  former: FormerServer | undefined;
  unlock: () => Promise<void>;
}

/** Opens the journal at this path, or creates one. Cuts off an incomplete end after copying the file. */
export async function openJournal(path: string, log: Logger): Promise<OpenJournal> {
  let unlock = async () => {};
  try {
    await mkdir(dirname(path), { recursive: true });
    unlock = await lockJournal(path);
    return { ...(await open(path, log)), unlock };
  } catch (error) {
    await unlock();
    if (error instanceof RainError) throw error;
    throw new RainError("IO", `cannot open the journal ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function open(path: string, log: Logger): Promise<Omit<OpenJournal, "unlock">> {
  const size = await sizeOf(path);
  if (size === undefined || size < MAGIC.length) {
    await writeFile(path, MAGIC);
    return { journal: new Journal(path, MAGIC.length), former: undefined };
  }
  await checkMagic(path);
  const former = await replayJournal(path, MAGIC.length);
  if (former.length < size) await cutIncompleteEnd(path, former.length, size, log);
  const journal = new Journal(path, former.length, former.bytesOf);
  if ((await takeStopMark(path)) && !former.wasStopped) {
    markStopped(former);
    journal.append(0, ["serverStopped", {}]);
  }
  return { journal, former };
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

async function checkMagic(path: string): Promise<void> {
  const file = await openFile(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    if (buffer.equals(MAGIC)) return;
  } finally {
    await file.close();
  }
  throw new RainError("START_FAILED", `${path} is not a journal that this version of Rain can read`, {
    hint: "Start the server with another --workdir, or move the file away.",
  });
}

/** Copies the file, then cuts off its incomplete end. */
async function cutIncompleteEnd(path: string, length: number, size: number, log: Logger): Promise<void> {
  const copy = `${path}.torn-${Date.now()}`;
  await copyFile(path, copy);
  await truncate(path, length);
  log.warn(
    `cut off the incomplete last ${size - length} bytes of ${path}; ${copy} is a copy of the whole file`,
  );
}
