import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { WorkerSample } from "../../../../../src/runtime/protocol/messages/index.ts";
import { compactJournal } from "../../../../../src/runtime/server/journal/compact.ts";
import { newOwner } from "../../../../../src/runtime/server/journal/lock/owner.ts";
import { type RecordWithEnd, readJournal } from "../../../../../src/runtime/server/journal/reader.ts";
import { journalPath, open as openAt } from "./open-journal.ts";

let path: string;
beforeEach(async () => {
  path = await journalPath();
});

async function read(options?: { session?: number; end?: number }): Promise<RecordWithEnd[]> {
  const records: RecordWithEnd[] = [];
  for await (const record of readJournal(path, options)) records.push(record);
  return records;
}

const open = () => openAt(path);

async function write(count: number): Promise<void> {
  const { journal, close } = await open();
  for (let i = 0; i < count; i++) {
    journal.append(i % 3, ["assigned", { worker: i, tasks: Uint32Array.of(i, i + 1) }], 1000 + i);
  }
  await close();
}

describe("the journal", () => {
  it("returns appended records in order, with typed columns", async () => {
    await write(5);
    const records = await read();
    expect(records.map(({ time }) => time)).toEqual([1000, 1001, 1002, 1003, 1004]);
    expect(records[4]).toEqual({
      session: 1,
      end: (await readFile(path)).length,
      time: 1004,
      body: ["assigned", { worker: 4, tasks: Uint32Array.of(4, 5) }],
    });
  });

  it("reads the records of one session", async () => {
    await write(9);
    expect((await read({ session: 2 })).map(({ time }) => time)).toEqual([1002, 1005, 1008]);
  });

  it("reads records larger than a read buffer", async () => {
    const { journal, close } = await open();
    const tasks = new Uint32Array(1_000_000).map((_, i) => i);
    journal.append(1, ["assigned", { worker: 1, tasks }]);
    journal.append(1, ["sealed", {}]);
    await close();
    const records = await read();
    expect(records.map(({ body }) => body[0])).toEqual(["assigned", "sealed"]);
    const { tasks: readBack } = records[0].body[1] as { tasks: Uint32Array };
    expect(Buffer.compare(Buffer.from(readBack.buffer), Buffer.from(tasks.buffer))).toBe(0);
  });

  it("stops without an error wherever a crash has cut the last record", async () => {
    await write(3);
    const whole = await readFile(path);
    const complete = await read();
    for (let length = 8; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      const records = await read();
      expect(records).toEqual(complete.slice(0, records.length));
      expect(records.length).toBeLessThan(3);
    }
  });

  it("continues the journal of another server", async () => {
    await write(2);
    const { journal, close } = await open();
    journal.append(1, ["sealed", {}], 5000);
    await close();
    expect((await read()).map(({ time }) => time)).toEqual([1000, 1001, 5000]);
  });

  it("continues after the last complete record, and moves the incomplete one aside", async () => {
    await write(3);
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 3));
    const { journal, former, close } = await open();
    expect(former?.length).toBeLessThan(whole.length - 3);
    journal.append(1, ["sealed", {}], 5000);
    await close();
    expect((await read()).map(({ time }) => time)).toEqual([1000, 1001, 5000]);
    const [aside] = (await readdir(dirname(path))).filter((name) => name.includes("torn"));
    expect(await readFile(join(dirname(path), aside))).toEqual(
      whole.subarray(former?.length, whole.length - 3),
    );
  });

  it("stops at a record in which a crash of the machine has changed any byte", async () => {
    await write(2);
    const whole = await readFile(path);
    const [first] = await read();
    for (let at = first.end; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] ^= 1;
      await writeFile(path, changed);
      expect(await read()).toEqual([first]);
    }
  });

  it("stops where a crash of the machine has left zeros", async () => {
    await write(2);
    await appendFile(path, Buffer.alloc(500));
    expect(await read()).toHaveLength(2);
  });

  it("can be written by only one server at a time", async () => {
    const { close } = await open();
    await expect(open()).rejects.toMatchObject({
      code: "START_FAILED",
      message: `the server with process id ${process.pid} uses the journal ${path}`,
    });
    await close();
    await writeFile(`${path}.lock`, JSON.stringify({ ...newOwner(), pid: 999999999 }));
    await open();
  });

  it("can be compacted while records are appended", async () => {
    await write(9);
    const { journal, close } = await open();
    const old = Date.now() - 2 * 60 * 60_000;
    const sample = { worker: 1, sample: {} as WorkerSample };
    journal.append(0, ["sample", sample], old);
    journal.append(0, ["sample", sample]);
    const compacting = compactJournal(journal, (session) => session === 1);
    journal.append(2, ["sealed", {}], 5000);
    journal.append(1, ["sealed", {}], 5001);
    await compacting;
    journal.append(1, ["sealed", {}], 5002);
    expect(journal.length).toBeGreaterThan(journal.written);
    await close();
    const records = await read();
    expect(records.filter(({ session }) => session === 1).map(({ time }) => time)).toEqual([
      1001, 1004, 1007, 5001, 5002,
    ]);
    expect(records.some(({ session }) => session === 2)).toBe(false);
    expect(records.filter(({ body }) => body[0] === "sample")).toHaveLength(1);
    expect(records.filter(({ session, body }) => session === 0 && body[0] !== "sample")).toHaveLength(3);
    expect((await readdir(dirname(path))).sort()).toEqual(["journal.rain"]);
    expect((await readFile(path)).length).toBe(records.at(-1)?.end);
  });

  it("counts the bytes of closed sessions", async () => {
    const { journal } = await open();
    journal.append(1, ["sealed", {}]);
    const before = journal.length;
    journal.append(2, ["sealed", {}]);
    expect(journal.deadBytes).toBe(0);
    journal.forget(2);
    expect(journal.deadBytes).toBe(journal.length - before);
  });

  it("is created again where a crash of the machine has left an incomplete or empty start", async () => {
    for (const start of ["", "RAI", "\0\0\0\0\0\0\0\0"]) {
      await writeFile(path, start);
      const { journal, former, close } = await open();
      expect(former).toBeUndefined();
      journal.append(1, ["sealed", {}]);
      await close();
      expect(await read()).toHaveLength(1);
    }
  });

  it("rejects a file that is not a journal, however short", async () => {
    await writeFile(path, "mine");
    await expect(open()).rejects.toMatchObject({ code: "START_FAILED" });
    expect(await readFile(path, "utf8")).toBe("mine");

    await writeFile(path, "something else altogether");
    await expect(open()).rejects.toMatchObject({ code: "START_FAILED" });
    expect(await readFile(path, "utf8")).toBe("something else altogether");
  });
});
