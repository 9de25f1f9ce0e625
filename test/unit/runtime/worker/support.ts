import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { ObjectStore } from "../../../../src/runtime/worker/store/object-store.ts";

export const silent = pino({ level: "silent" });
export const KiB = 1 << 10;
export const MiB = 1 << 20;

export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rain-worker-test-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A store in a directory of its own, beside a place for files that it may adopt. */
export async function newStore(options: { budget?: number } = {}) {
  const root = await temporaryDirectory();
  const directory = join(root, "objects");
  const scratch = join(root, "scratch");
  await mkdir(scratch);
  const store = new ObjectStore({ directory, log: silent, ...options });
  onTestFinished(() => store.close());
  return { store, directory, scratch };
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Waits for a condition that is sure to come, and fails when it does not within ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
