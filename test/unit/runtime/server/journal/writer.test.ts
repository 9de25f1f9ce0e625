import { describe, expect, it, vi } from "vitest";
import type { WorkerSample } from "../../../../../src/runtime/protocol/messages/index.ts";
import { FILE_OPERATIONS } from "../../../../../src/runtime/server/journal/file-operations.ts";
import { journalPath, kindsOf, open } from "./open-journal.ts";
import { openSession, submitTasks } from "./records.ts";
import { errno, fullDisk, SHORT } from "./unreliable-disk.ts";

const SAMPLE = { worker: 1, sample: {} as WorkerSample };

describe("the writer of the journal", () => {
  it("writes everything to a system that takes a few bytes at a time", async () => {
    const path = await journalPath();
    const { journal, close } = await open(path, SHORT);
    openSession(journal, 1);
    submitTasks(journal, 1);
    await close();
    expect(await kindsOf(path)).toEqual({ 1: ["sessionOpened", "submitted", "submitted", "submitted"] });
  });

  it("fails when the system takes no byte, instead of trying forever", async () => {
    const path = await journalPath();
    let takes = true;
    const { journal } = await open(path, {
      ...FILE_OPERATIONS,
      write: (...args) => (takes ? FILE_OPERATIONS.write(...args) : 0),
    });
    takes = false;
    openSession(journal, 1);
    journal.write();
    expect(journal.error?.message).toContain("nothing was written");
    takes = true;
  });

  it("tells why it cannot write, and writes the records when there is room", async () => {
    const path = await journalPath();
    const disk = fullDisk(1000);
    const { journal, close } = await open(path, disk);
    openSession(journal, 1);
    await journal.sync();
    const told = vi.fn();
    journal.onFailure = told;
    const { written } = journal;
    disk.room = 10;
    submitTasks(journal, 1);
    journal.append(0, ["sample", SAMPLE]);
    await expect(journal.sync()).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining("ENOSPC"),
    });
    journal.append(0, ["sample", SAMPLE]);
    await journal.flush();
    expect(told).toHaveBeenCalledTimes(1);
    expect(journal.written).toBe(written);
    expect(await kindsOf(path)).toEqual({ 1: ["sessionOpened"] });
    disk.room = 1_000_000;
    await journal.sync();
    expect(journal.error).toBeUndefined();
    await close();
    expect((await kindsOf(path))[1]).toEqual(["sessionOpened", "submitted", "submitted", "submitted"]);
    expect((await kindsOf(path))[0]).toEqual(["sample"]);
  });

  it("writes records again that the system could not sync, since it may have given them up", async () => {
    const path = await journalPath();
    let fails = false;
    const synced: number[] = [];
    const { journal, close } = await open(path, {
      ...FILE_OPERATIONS,
      async sync(file) {
        if (fails) throw errno("EIO");
        synced.push(FILE_OPERATIONS.size(file));
      },
    });
    openSession(journal, 1);
    await journal.sync();
    const { written } = journal;
    fails = true;
    submitTasks(journal, 1);
    await expect(journal.sync()).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining("EIO"),
    });
    expect(journal.written).toBe(written);
    fails = false;
    await journal.sync();
    expect(synced.at(-1)).toBe(journal.written);
    await close();
    expect((await kindsOf(path))[1]).toEqual(["sessionOpened", "submitted", "submitted", "submitted"]);
  });

  it("lets several callers share one sync", async () => {
    const path = await journalPath();
    let syncs = 0;
    const { journal } = await open(path, {
      ...FILE_OPERATIONS,
      sync(file) {
        syncs++;
        return FILE_OPERATIONS.sync(file);
      },
    });
    const done = Array.from({ length: 10 }, (_, i) => {
      openSession(journal, i + 1);
      return journal.sync();
    });
    await Promise.all(done);
    expect(syncs).toBeLessThanOrEqual(2);
  });

  it("limits what waits for room, but keeps the ends of sessions, and tells how much it dropped", async () => {
    const path = await journalPath();
    const disk = fullDisk(1000);
    const { journal, close } = await open(path, disk);
    const gap = vi.fn();
    journal.onGap = gap;
    disk.room = 0;
    openSession(journal, 1);
    journal.write();
    const tasks = new Uint32Array(250_000);
    for (let i = 0; i < 40; i++) journal.append(1, ["assigned", { worker: i, tasks }]);
    expect(journal.length).toBeLessThan(18 << 20);
    journal.append(1, ["sessionChanged", { state: "failed" }]);
    disk.room = 1 << 30;
    await journal.sync();
    await close();
    const kinds = (await kindsOf(path))[1] ?? [];
    expect([kinds[0], kinds.at(-1)]).toEqual(["sessionOpened", "sessionChanged"]);
    expect(gap).toHaveBeenCalledExactlyOnceWith(40 - (kinds.length - 2));
  });
});
