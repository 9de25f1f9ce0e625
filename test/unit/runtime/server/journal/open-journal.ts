import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { FileOperations } from "../../../../../src/runtime/server/journal/file-operations.ts";
import { type OpenJournal, openJournal } from "../../../../../src/runtime/server/journal/open.ts";
import { readJournal } from "../../../../../src/runtime/server/journal/reader.ts";

/** A path for a journal in a directory of its own, which is removed at the end of the test. */
export async function journalPath(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, "journal.rain");
}

/** Opens the journal. It is closed and unlocked at the end of the test, if not before. */
export async function open(
  path: string,
  operations?: FileOperations,
): Promise<OpenJournal & { close(): Promise<void> }> {
  const opened = await openJournal(path, pino({ level: "silent" }), operations);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await opened.journal.close();
    await opened.unlock();
  };
  onTestFinished(close);
  return { ...opened, close };
}

/** The kinds of the records of each session in the file. */
export async function kindsOf(path: string): Promise<Record<number, string[]>> {
  const kinds: Record<number, string[]> = {};
  for await (const { session, body } of readJournal(path)) {
    kinds[session] ??= [];
    kinds[session].push(body[0]);
  }
  return kinds;
}
