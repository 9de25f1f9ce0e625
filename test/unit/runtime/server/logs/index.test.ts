import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../../../../src/runtime/server/journal/open.ts";
import { readLogs } from "../../../../../src/runtime/server/logs/index.ts";

const MANY = 10_001;

/** A journal, and a follower of its session 1 that has read all earlier entries. */
async function follow() {
  const dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  const { journal, unlock } = await openJournal(join(dir, "journal.rain"), pino({ level: "silent" }));
  const leave = new AbortController();
  onTestFinished(async () => {
    leave.abort();
    await journal.close();
    await unlock();
    await rm(dir, { recursive: true });
  });
  const happen = (session: number, count: number) => {
    for (let i = 0; i < count; i++)
      journal.append(session, ["sessionChanged", { state: "running", error: undefined }]);
  };
  happen(2, 1);
  const entries = readLogs(journal, { session: 1, follow: true }, leave.signal);
  expect(await entries.next()).toEqual({ done: false, value: [] });
  return { entries, happen };
}

test("a busy follower gets all entries", async () => {
  const { entries, happen } = await follow();
  happen(1, 100);
  expect((await entries.next()).value).toHaveLength(100);
});

test("entries of other sessions are not queued for a follower", async () => {
  const { entries, happen } = await follow();
  happen(2, MANY);
  happen(1, 1);
  expect((await entries.next()).value).toHaveLength(1);
});

test("a follower that is too slow gets an error, and nothing more is queued for it", async () => {
  const { entries, happen } = await follow();
  happen(1, MANY);
  await expect(entries.next()).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: "new log entries come faster than the client reads them",
  });
});
