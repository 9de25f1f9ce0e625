import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { blob, connect, tasks } from "../../../src/runtime/client/index.ts";
import { RainError } from "../../../src/runtime/errors.ts";
import { openJournal } from "../../../src/runtime/server/journal/open.ts";
import { readJournal } from "../../../src/runtime/server/journal/reader.ts";
import type { Entry, Feeder } from "../entry.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

/** Journals as a crash or a broken disk leaves them. */
export const journal: Entry = {
  name: "journal",
  share: 3,
  async open(target: Target) {
    await runSessions(target.server.address);
    const written = await readFile(join(dirname(target.scratch), "server", "journal.rain"));
    return new JournalFeeder(join(target.scratch, "journal"), written, target.log);
  },
};

class JournalFeeder implements Feeder {
  readonly #directory: string;
  readonly #written: Buffer;
  readonly #log: Logger;

  constructor(directory: string, written: Buffer, log: Logger) {
    this.#directory = directory;
    this.#written = written;
    this.#log = log;
  }

  async feed(random: Random): Promise<void> {
    const path = join(this.#directory, "journal.rain");
    await mkdir(this.#directory, { recursive: true });
    await writeFile(path, mutateBytes(random, this.#written));
    try {
      await continueJournal(path, this.#log);
    } catch (error) {
      if (!(error instanceof RainError) || error.code !== "START_FAILED") throw error;
    } finally {
      await rm(this.#directory, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {}
}

/** Opens a journal, appends a record, and reads all records again: what was read first is still there. */
async function continueJournal(path: string, log: Logger): Promise<void> {
  const { journal, unlock } = await openJournal(path, log);
  let before = 0;
  try {
    before = await countOf(path);
    journal.append(0, ["serverStopped", {}]);
  } finally {
    await journal.close();
    await unlock();
  }
  const after = await countOf(path);
  if (after !== before + 1) throw new Error(`${before} records and a new one are ${after} records`);
}

async function countOf(path: string): Promise<number> {
  let count = 0;
  for await (const _ of readJournal(path)) count++;
  return count;
}

/** Sessions of all states. */
async function runSessions(address: string): Promise<void> {
  await using client = await connect(address);
  for (const argument of ["true", "false"]) {
    const session = await client.newSession({ name: argument });
    const program = tasks.run([argument], { stdout: true });
    await session.submit([program, tasks.concat([program, blob("!")]).keep()]);
    await session.waitAll().catch(() => {});
    if (argument === "false") await session.close();
  }
}
