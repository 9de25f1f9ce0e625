import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const WAIT_MS = 5000;

let directory: string | undefined;

/**
 * Gives the whole run a directory for temporary files, which every process that a test starts inherits in its environment. So whatever
 * is left of it in the end is known: files by their place, processes by that environment.
 */
export function setup(): void {
  if (process.env.RAIN_TEST_RUN) return;
  directory = mkdtempSync(join(tmpdir(), "rain-tests-"));
  process.env.TMPDIR = directory;
  process.env.RAIN_TEST_RUN = basename(directory);
}

/** @throws when the tests have left something behind */
export async function teardown(): Promise<void> {
  if (directory === undefined) return;
  const deadline = Date.now() + WAIT_MS;
  let processes = leftProcesses();
  while (processes.length > 0 && Date.now() < deadline) {
    await delay(100);
    processes = leftProcesses();
  }
  const files = readdirSync(directory);
  rmSync(directory, { recursive: true, force: true });
  if (processes.length > 0) fail(`the tests left processes behind: ${processes.join("; ")}`);
  if (files.length > 0) fail(`the tests left files behind: ${files.join(", ")}`);
}

/** Vitest shows what a teardown throws, but ends with success. */
function fail(message: string): never {
  process.exitCode = 1;
  throw new Error(message);
}

/** Those with the mark of this run, but for the test runner and its own workers. */
function leftProcesses(): string[] {
  const mark = `RAIN_TEST_RUN=${process.env.RAIN_TEST_RUN}\0`;
  const names = existsSync("/proc") ? readdirSync("/proc") : [];
  return names
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).includes(mark) && parentOf(pid) !== process.pid)
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

function parentOf(pid: string): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Empty where the process has just gone. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
