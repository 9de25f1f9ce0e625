import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type FileHandle, link, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { RainError } from "../../../errors.ts";
import { errnoOf } from "../../../platform/errno.ts";
import { type LockOwner, newOwner, parseOwner, stateOf } from "./owner.ts";

/** How often the owner of a lock shows that it runs. */
const HEARTBEAT_MS = 2_000;
/** An owner that cannot be seen, as on another machine, has ended if it did not show itself for this time. */
const OBSERVATION_MS = 15_000;
/** The owner of a lock that has shown itself within this time still has it. */
const TRUSTED_MS = 10_000;
/** Time to write a lock where the file system has no hard links. */
const WRITING_MS = 2_000;
const POLL_MS = 200;
/** Errors of file systems without hard links. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

interface FoundLock {
  content: string;
  mtimeMs: number;
}

/** The lock of a journal, which this process has. */
export interface JournalLock {
  /**
   * Called before the journal is written. Costs nothing unless this process could not show itself for a while, because it or its
   * machine was suspended.
   * @throws IO if another server has taken the journal over meanwhile
   */
  check(): void;
  release(): Promise<void>;
}

type Attempt = JournalLock | { usedBy: LockOwner };

/**
 * Locks the journal, so that only one server writes it. Takes over the lock of a server that has ended.
 * @param observationMs for tests
 * @throws START_FAILED while another server runs; an error of the file system
 */
export async function lockJournal(
  path: string,
  log: Logger,
  observationMs = OBSERVATION_MS,
): Promise<JournalLock> {
  const attempt = await acquire(`${path}.lock`, log, observationMs);
  if ("release" in attempt) return attempt;
  const { pid, host } = attempt.usedBy;
  const place = host === newOwner().host ? "" : ` on ${host}`;
  throw new RainError("START_FAILED", `the server with process id ${pid}${place} uses the journal ${path}`, {
    hint: "Stop it first, or start this one with another --workdir.",
  });
}

/**
 * A complete file is linked to the name of the lock, which only one process can do. A lock whose owner has
 * ended is replaced, not removed, and only by the owner of another lock: one for the replacement of exactly
 * this lock.
 */
async function acquire(lock: string, log: Logger, observationMs: number): Promise<Attempt> {
  const own = newOwner();
  const content = JSON.stringify(own);
  const draft = `${lock}.new-${own.id}`;
  try {
    await writeFile(draft, content, { flag: "wx", flush: true });
    for (;;) {
      if (await publish(draft, lock, content)) return await hold(lock, content);
      const found = await read(lock);
      if (!found) continue;
      const state = await examine(lock, found, own, log, observationMs);
      if (state === "changed") continue;
      if (state !== "ended") return { usedBy: state };
      if (await replace(lock, found, draft, log, observationMs)) return await hold(lock, content);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Returns whether the lock is now that of this process. */
async function publish(draft: string, lock: string, content: string): Promise<boolean> {
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    const code = errnoOf(error) ?? "";
    // A server of NFS may have lost its answer.
    if (code === "EEXIST") return (await stat(draft)).nlink > 1;
    if (!NO_LINKS.includes(code)) throw error;
  }
  try {
    await writeFile(lock, content, { flag: "wx", flush: true });
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Whether the owner of a lock has ended, or which owner runs. `changed` if it is another lock by now. */
async function examine(
  lock: string,
  found: FoundLock,
  own: LockOwner,
  log: Logger,
  observationMs: number,
): Promise<LockOwner | "ended" | "changed"> {
  const owner = parseOwner(found.content);
  const state = owner ? stateOf(owner, own) : "unknown";
  if (state === "ended") return "ended";
  if (owner && state === "running") return owner;
  const limit = owner ? observationMs : Math.min(observationMs, WRITING_MS);
  if (owner)
    log.warn(
      `waiting up to ${limit / 1000} s for a sign of process ${owner.pid} on ${owner.host}, which has ${lock}`,
    );
  const deadline = performance.now() + limit;
  while (performance.now() < deadline) {
    await delay(Math.min(POLL_MS, limit));
    const now = await read(lock);
    if (now?.content !== found.content) return "changed";
    if (now.mtimeMs !== found.mtimeMs) return owner ?? "changed";
  }
  return "ended";
}

/** Returns whether this process has replaced the lock. Otherwise another one has. */
async function replace(
  lock: string,
  found: FoundLock,
  draft: string,
  log: Logger,
  observationMs: number,
): Promise<boolean> {
  const guard = await acquire(`${lock}.${nameOf(found)}`, log, observationMs);
  if ("usedBy" in guard) {
    await delay(POLL_MS / 10);
    return false;
  }
  try {
    const now = await read(lock);
    if (!now || nameOf(now) !== nameOf(found)) return false;
    await rename(draft, lock);
    return true;
  } finally {
    await guard.release();
  }
}

/** Shows that this process runs until the lock is released. */
async function hold(lock: string, content: string): Promise<JournalLock> {
  const file = await open(lock, "r+");
  let shownAt = Date.now();
  const beat = async () => {
    const now = new Date();
    try {
      await file.utimes(now, now);
      if ((await read(lock))?.content === content) shownAt = now.getTime();
    } catch {
      // Without a sign of life, only a start on another machine takes the lock over.
    }
  };
  const timer = setInterval(() => void beat(), HEARTBEAT_MS);
  timer.unref();
  return {
    check() {
      if (Math.abs(Date.now() - shownAt) < TRUSTED_MS || isOwn(lock, content)) return;
      throw new RainError("IO", `its lock ${lock} is no longer that of this server, which was suspended`, {
        hint: "Stop this server: another one has taken the journal over, and continues the sessions.",
      });
    },
    async release() {
      clearInterval(timer);
      await file.close();
      if ((await read(lock))?.content === content) await rm(lock, { force: true });
    },
  };
}

/** Whether the lock is that of this process. A lock that cannot be read, as without a network, is. */
function isOwn(lock: string, content: string): boolean {
  try {
    return readFileSync(lock, "utf8") === content;
  } catch (error) {
    return errnoOf(error) !== "ENOENT";
  }
}

/** Opens the lock, so that a client of NFS asks the server. `undefined` if there is none. */
async function read(lock: string): Promise<FoundLock | undefined> {
  let file: FileHandle;
  try {
    file = await open(lock, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { mtimeMs } = await file.stat();
    return { content: await file.readFile("utf8"), mtimeMs };
  } finally {
    await file.close();
  }
}

/** The same for the same lock, whoever examines it. */
function nameOf({ content, mtimeMs }: FoundLock): string {
  const identity = parseOwner(content)?.id ?? `${content} ${mtimeMs}`;
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}
