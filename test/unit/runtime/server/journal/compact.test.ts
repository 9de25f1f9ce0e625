import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { compactJournal } from "../../../../../src/runtime/server/journal/compact.ts";
import {
  FILE_OPERATIONS,
  type FileOperations,
} from "../../../../../src/runtime/server/journal/file-operations.ts";
import { journalPath, kindsOf, open } from "./open-journal.ts";
import { closeSession, openSession, submitTasks } from "./records.ts";
import { failingAt, fullDisk, SHORT } from "./unreliable-disk.ts";

const COUNT = 20;
const WHOLE = ["sessionOpened", "submitted", "submitted", "submitted"];

/** A journal with 20 open sessions and 20 closed ones. */
async function filled(operations: FileOperations) {
  const path = await journalPath();
  const opened = await open(path, operations);
  const { journal } = opened;
  for (let session = 1; session <= 2 * COUNT; session++) {
    openSession(journal, session);
    submitTasks(journal, session, { padding: 100 });
    if (session > COUNT) closeSession(journal, session);
  }
  await journal.sync();
  return { path, ...opened };
}

const isLive = (session: number) => session <= COUNT;

/** All open sessions must be whole, whether the journal was compacted or not. */
async function expectAllSessions(path: string): Promise<void> {
  const kinds = await kindsOf(path);
  for (let session = 1; session <= COUNT; session++) expect(kinds[session], `${session}`).toEqual(WHOLE);
}

describe("a compaction", () => {
  it("keeps all live sessions where the system takes and gives a few bytes at a time", async () => {
    const { path, journal, close } = await filled(SHORT);
    const before = journal.written;
    await compactJournal(journal, isLive);
    expect(journal.written).toBeLessThan(before);
    await close();
    await expectAllSessions(path);
    expect(Object.keys(await kindsOf(path))).toHaveLength(COUNT);
  });

  it("fails on a nearly full disk, with no session lost and no file left", async () => {
    const disk = fullDisk(1 << 20);
    const { path, journal, close } = await filled(disk);
    for (const room of [0, 5, 500, 5000]) {
      disk.room = room;
      await expect(compactJournal(journal, isLive)).rejects.toThrow("ENOSPC");
      expect(journal.error).toBeUndefined();
      expect(disk.room).toBe(room);
      await expectAllSessions(path);
      expect((await readdir(dirname(path))).filter((name) => name.includes("compact"))).toEqual([]);
    }
    disk.room = 1 << 20;
    await compactJournal(journal, isLive);
    await close();
    await expectAllSessions(path);
  });

  it("gives way to records that need the space of its draft", async () => {
    const disk = fullDisk(1 << 20);
    let isCompacting = false;
    let draftIsWritten = () => {};
    const written = new Promise<void>((resolve) => {
      draftIsWritten = resolve;
    });
    const { path, journal, close } = await filled({
      ...disk,
      sync(file) {
        if (isCompacting) draftIsWritten();
        return disk.sync(file);
      },
    });
    isCompacting = true;
    const compacting = expect(compactJournal(journal, isLive)).rejects.toThrow("the disk is full");
    await written;
    isCompacting = false;
    disk.room = 10;
    openSession(journal, 100);
    submitTasks(journal, 100);
    await journal.sync();
    await compacting;
    await close();
    await expectAllSessions(path);
    expect((await kindsOf(path))[100]).toEqual(WHOLE);
  });

  it("loses nothing when any operation on a file fails", async () => {
    const counting = failingAt(Number.POSITIVE_INFINITY);
    const { journal: sample } = await filled(counting);
    const first = counting.count;
    await compactJournal(sample, isLive);
    expect(counting.count - first).toBeGreaterThan(5);
    for (let number = first; number < counting.count; number++) {
      const { path, journal, close } = await filled(failingAt(number));
      await compactJournal(journal, isLive).catch(() => {});
      openSession(journal, 100);
      await journal.flush();
      await journal.sync();
      await expectAllSessions(path);
      expect((await kindsOf(path))[100]).toEqual(["sessionOpened"]);
      await close();
    }
  });

  it("fails when the draft is shorter than what was written to it", async () => {
    const path = await journalPath();
    let draft: number | undefined;
    const { journal, close } = await open(path, {
      ...FILE_OPERATIONS,
      open(name, flags) {
        const file = FILE_OPERATIONS.open(name, flags);
        if (basename(name) === "journal.rain.compact") draft = file;
        return file;
      },
      size: (file) => FILE_OPERATIONS.size(file) - (file === draft ? 1 : 0),
    });
    openSession(journal, 1);
    submitTasks(journal, 1);
    await expect(compactJournal(journal, isLive)).rejects.toThrow(/bytes instead of/);
    await close();
    expect(await kindsOf(path)).toEqual({ 1: WHOLE });
  });
});
