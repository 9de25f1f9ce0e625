import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { compactJournal } from "../../../../../src/runtime/server/journal/compact.ts";
import { openJournal } from "../../../../../src/runtime/server/journal/open.ts";
import type { FormerServer } from "../../../../../src/runtime/server/journal/replay.ts";
import type { Journal } from "../../../../../src/runtime/server/journal/writer.ts";
import { closeSession, openSession, submitTasks } from "./records.ts";
import { type DiskState, RecordingDisk } from "./unreliable-disk.ts";

const LOG = pino({ level: "silent" });
const TASKS = 3;
const PADDING = 40;
/** The session that a new server opens. */
const NEW = 9;

async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs a server's life on a journal: sessions, submits, a compaction while records are appended, and more submits. */
async function live(disk: RecordingDisk, path: string): Promise<void> {
  const open = new Set<number>();
  let journal: Journal;
  const submit = async (session: number) => {
    open.add(session);
    openSession(journal, session);
    journal.write();
    submitTasks(journal, session, { count: TASKS, padding: PADDING });
    journal.write();
    await journal.sync();
    disk.acknowledge(session);
  };
  // The sixth session is opened and submitted between the last pass of the compaction and its end.
  const sync = async (file: number) => {
    await disk.operations.sync(file);
    if (!open.has(6) && disk.nameOf(file).endsWith(".compact")) await submit(6);
  };
  const opened = await openJournal(path, LOG, { ...disk.operations, sync });
  journal = opened.journal;
  for (const session of [1, 2, 3, 4]) await submit(session);
  for (const session of [1, 3]) {
    open.delete(session);
    disk.forget(session);
    closeSession(journal, session);
  }
  const compacting = compactJournal(journal, (session) => open.has(session));
  await submit(5);
  await compacting;
  await submit(7);
  await journal.close();
  await opened.unlock();
}

/** Opens the journal as a server does after a crash. Submits more tasks in each session, and in a new one. */
async function restart(path: string): Promise<Map<number, number>> {
  const { journal, former, unlock } = await openJournal(path, LOG);
  const counts = countTasks(former);
  if (!counts.has(NEW)) openSession(journal, NEW);
  for (const session of [...counts.keys(), NEW]) {
    submitTasks(journal, session, { first: counts.get(session) ?? 0, count: TASKS, padding: PADDING });
  }
  await journal.close();
  await unlock();
  return counts;
}

/** The number of tasks of each session. All submits must be whole, and have the bytes that were written. */
function countTasks(former: FormerServer | undefined): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { id, chunks } of former?.sessions.values() ?? []) {
    expect(chunks.length % TASKS, `tasks of session ${id}`).toBe(0);
    for (const [i, { firstTask, configs }] of chunks.entries()) {
      expect(firstTask).toBe(i);
      expect(configs.bytes.every((byte) => byte === 7)).toBe(true);
    }
    counts.set(id, chunks.length);
  }
  return counts;
}

function hashOf({ files, acknowledged }: DiskState): string {
  const hash = createHash("sha256").update(acknowledged.join());
  for (const [name, bytes] of files) hash.update(`${name}:${bytes.length}:`).update(bytes);
  return hash.digest("hex");
}

it("has every acknowledged submit, and no part of another, wherever the power is cut", async () => {
  const root = await temporary();
  const disk = new RecordingDisk();
  await mkdir(join(root, "live"));
  await live(disk, join(root, "live", "journal.rain"));
  const seen = new Set<string>();
  for (const state of disk.states()) {
    const hash = hashOf(state);
    if (seen.has(hash)) continue;
    seen.add(hash);
    const dir = join(root, String(seen.size));
    await mkdir(dir);
    for (const [name, bytes] of state.files) await writeFile(join(dir, basename(name)), bytes);
    const path = join(dir, "journal.rain");
    const found = await restart(path);
    for (const session of state.acknowledged) expect(found.get(session), `session ${session}`).toBe(TASKS);
    const later = await restart(path);
    for (const session of [...found.keys(), NEW])
      expect(later.get(session), `session ${session}`).toBe((found.get(session) ?? 0) + TASKS);
    await rm(dir, { recursive: true });
  }
  expect(seen.size).toBeGreaterThan(100);
}, 120_000);
