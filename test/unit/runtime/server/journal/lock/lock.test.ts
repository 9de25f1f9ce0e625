import { fork } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { build } from "esbuild";
import { pino } from "pino";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { lockJournal } from "../../../../../../src/runtime/server/journal/lock/lock.ts";
import { newOwner, stateOf } from "../../../../../../src/runtime/server/journal/lock/owner.ts";
import { journalPath, open } from "../open-journal.ts";

const LOG = pino({ level: "silent" });
const STARTERS = 6;
const ROUNDS = 12;

/** An owner in this machine that has ended: no process has this id. */
const ended = () => ({ ...newOwner(), pid: 2 ** 22 + 1, startTime: 1 });
const elsewhere = () => ({ ...newOwner(), host: "elsewhere", machine: "other", boot: "other" });

/** Locks in several rounds, each when its parent says so, and answers whether it got the lock. Holds it until the next one. */
const STARTER = `
import { pino } from "pino";
import { lockJournal } from "./src/runtime/server/journal/lock/lock.ts";
let lock;
process.on("message", async ({ path, unlocks }) => {
  if (unlocks) { await lock?.release(); lock = undefined; process.send({}); return; }
  try {
    lock = await lockJournal(path, pino({ level: "silent" }));
    process.send({ has: true });
  } catch (error) {
    process.send({ has: false, code: error.code, message: error.message });
  }
});
process.send({});
`;

interface Answer {
  has?: boolean;
  code?: string;
  message?: string;
}

/** Starts processes that lock. Returns a function that lets all of them act at the same time. */
async function starters(path: string) {
  const script = `${path}.starter.mjs`;
  await build({
    stdin: { contents: STARTER, resolveDir: process.cwd(), loader: "ts" },
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const children = Array.from({ length: STARTERS }, () => fork(script, { execArgv: [] }));
  onTestFinished(() => {
    for (const child of children) child.kill("SIGKILL");
  });
  const answers = () =>
    Promise.all(children.map(async (child) => (await once(child, "message"))[0] as Answer));
  await answers();
  return (message: { path?: string; unlocks?: boolean }) => {
    const all = answers();
    for (const child of children) child.send(message);
    return all;
  };
}

describe("the lock of the journal", () => {
  it("is got by exactly one of many processes that start on the lock of a dead server", async () => {
    const path = await journalPath();
    const all = await starters(path);
    for (let round = 0; round < ROUNDS; round++) {
      const lock = `${path}.${round}`;
      await writeFile(`${lock}.lock`, JSON.stringify(ended()));
      const answers = await all({ path: lock });
      expect(answers.filter(({ has }) => has)).toHaveLength(1);
      for (const { has, code } of answers) if (!has) expect(code).toBe("START_FAILED");
      await all({ unlocks: true });
    }
    expect((await readdir(dirname(path))).filter((name) => name.includes("lock"))).toEqual([]);
  }, 60_000);

  it("is got by exactly one of many processes that start at the same time", async () => {
    const path = await journalPath();
    const all = await starters(path);
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await all({ path });
      expect(answers.filter(({ has }) => has)).toHaveLength(1);
      await all({ unlocks: true });
    }
  }, 60_000);

  it("is got by exactly one of many processes where a server has ended while it took over a lock", async () => {
    const path = await journalPath();
    const all = await starters(path);
    const stale = ended();
    await writeFile(`${path}.lock`, JSON.stringify(stale));
    const { createHash } = await import("node:crypto");
    const name = createHash("sha256").update(stale.id).digest("hex").slice(0, 16);
    await writeFile(`${path}.lock.${name}`, JSON.stringify(ended()));
    const answers = await all({ path });
    expect(answers.filter(({ has }) => has)).toHaveLength(1);
    await all({ unlocks: true });
  }, 60_000);

  it("is complete as soon as it exists, and gone when it is released", async () => {
    const path = await journalPath();
    const lock = await lockJournal(path, LOG);
    expect(JSON.parse(await readFile(`${path}.lock`, "utf8"))).toMatchObject({ pid: process.pid });
    expect(await readdir(dirname(path))).toEqual(["journal.rain.lock"]);
    await lock.release();
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it("is taken over if it is empty or unreadable, and nobody completes it", async () => {
    for (const content of ["", "{", "1 2", "[]", "null"]) {
      const path = await journalPath();
      await writeFile(`${path}.lock`, content);
      await (await lockJournal(path, LOG, 50)).release();
    }
  });

  it("is not taken over while a process completes it", async () => {
    const path = await journalPath();
    await writeFile(`${path}.lock`, "");
    const locking = lockJournal(path, LOG, 1000);
    await writeFile(`${path}.lock`, JSON.stringify(newOwner()));
    await expect(locking).rejects.toMatchObject({ code: "START_FAILED" });
  });

  it("is taken over from another machine if that gives no sign", async () => {
    const path = await journalPath();
    await writeFile(`${path}.lock`, JSON.stringify(elsewhere()));
    await (await lockJournal(path, LOG, 300)).release();
  });

  it("is not taken over from another machine that gives a sign", async () => {
    const path = await journalPath();
    await writeFile(`${path}.lock`, JSON.stringify(elsewhere()));
    const signs = setInterval(() => void utimes(`${path}.lock`, new Date(), new Date()), 100);
    onTestFinished(() => clearInterval(signs));
    await expect(lockJournal(path, LOG, 5000)).rejects.toMatchObject({
      code: "START_FAILED",
      message: expect.stringContaining(`process id ${process.pid} on elsewhere`),
    });
  });
});

describe("a server that was suspended", () => {
  /** Lets the clock jump, as it does when a machine wakes up. */
  const wakeUp = () => {
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
  };

  it("still has its lock if nobody took it over", async () => {
    const lock = await lockJournal(await journalPath(), LOG);
    onTestFinished(() => lock.release());
    wakeUp();
    lock.check();
  });

  it("writes nothing more into the journal that another one has taken over", async () => {
    const path = await journalPath();
    const { journal } = await open(path);
    journal.append(1, ["sessionEnded", { state: "finished" }] as never);
    await journal.sync();
    const before = await readFile(path);
    await writeFile(`${path}.lock`, JSON.stringify(elsewhere()));
    wakeUp();
    journal.append(1, ["sessionEnded", { state: "finished" }] as never);
    await expect(journal.sync()).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining("is no longer that of this server"),
      hint: expect.stringContaining("Stop this server"),
    });
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(dirname(path))).toContain("journal.rain.lock");
  });
});

describe("the owner of a lock", () => {
  const here = newOwner();

  it("runs if its process has the same start time, and has ended if another process has its id", () => {
    expect(stateOf(here, newOwner())).toBe("running");
    expect(stateOf({ ...here, startTime: here.startTime + 1 }, here)).toBe("ended");
    expect(stateOf(ended(), here)).toBe("ended");
  });

  it("is unknown in another container or on another machine", () => {
    expect(stateOf({ ...here, namespace: "pid:[1]" }, here)).toBe("unknown");
    expect(stateOf(elsewhere(), here)).toBe("unknown");
  });

  it("has ended if its machine has been started again", () => {
    const first = { ...here, machine: "m", namespace: "pid:[4026531836]" };
    expect(stateOf({ ...first, boot: "before" }, first)).toBe("ended");
    expect(stateOf({ ...first, boot: "before", machine: "other" }, first)).toBe("unknown");
  });
});
