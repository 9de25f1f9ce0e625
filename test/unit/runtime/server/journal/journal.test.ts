import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readJournal } from "../../../../../src/runtime/server/journal/reader.ts";
import type { JournalRecord } from "../../../../../src/runtime/server/journal/records.ts";
import { Journal } from "../../../../../src/runtime/server/journal/writer.ts";

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  path = join(dir, "journal.rain");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function read(options?: { session?: number; end?: number }): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of readJournal(path, options)) records.push(record);
  return records;
}

async function write(count: number): Promise<void> {
  const journal = await Journal.create(path);
  for (let i = 0; i < count; i++) {
    journal.append(i % 3, ["assigned", { worker: i, tasks: Uint32Array.of(i, i + 1) }], 1000 + i);
  }
  await journal.close();
}

describe("the journal", () => {
  it("gives back what was appended, in order, with typed columns", async () => {
    await write(5);
    const records = await read();
    expect(records.map(({ time }) => time)).toEqual([1000, 1001, 1002, 1003, 1004]);
    expect(records[4]).toEqual({
      session: 1,
      time: 1004,
      body: ["assigned", { worker: 4, tasks: Uint32Array.of(4, 5) }],
    });
  });

  it("reads one session alone", async () => {
    await write(9);
    expect((await read({ session: 2 })).map(({ time }) => time)).toEqual([1002, 1005, 1008]);
  });

  it("reads records larger than a read buffer", async () => {
    const journal = await Journal.create(path);
    const tasks = new Uint32Array(1_000_000).map((_, i) => i);
    journal.append(1, ["assigned", { worker: 1, tasks }]);
    journal.append(1, ["sealed", {}]);
    await journal.close();
    const records = await read();
    expect(records.map(({ body }) => body[0])).toEqual(["assigned", "sealed"]);
    const { tasks: readBack } = records[0].body[1] as { tasks: Uint32Array };
    expect(Buffer.compare(Buffer.from(readBack.buffer), Buffer.from(tasks.buffer))).toBe(0);
  });

  it("ends without an error at every place where a crash may have torn the last record", async () => {
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

  it("does not overwrite a journal that is there", async () => {
    await write(1);
    await expect(Journal.create(path)).rejects.toMatchObject({ code: "IO" });
  });

  it("keeps the reason when it cannot write any more", async () => {
    const journal = await Journal.create(path);
    expect(journal.error).toBeUndefined();
    await journal.close();
    journal.append(1, ["sealed", {}]);
    await journal.flush();
    expect(journal.error).toMatchObject({ code: "IO" });
  });
});
