import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { logDestination } from "../../../../src/commands/logging/log-destination.ts";

const run = promisify(execFile);

/** A full tmpfs, whose ballast file can be removed. Needs root. */
async function fullDisk(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dir]);
  onTestFinished(() => run("umount", ["-l", dir]).then(() => {}));
  await writeFile(join(dir, "server.log"), "");
  await writeFile(join(dir, "ballast"), Buffer.alloc(1 << 20)).catch(() => {});
  return dir;
}

it.runIf(process.getuid?.() === 0)(
  "survives a full disk, and tells so once when there is room again",
  async () => {
    const dir = await fullDisk();
    const log = pino({}, logDestination(join(dir, "server.log")));
    const line = "x".repeat(1000);
    for (let i = 0; i < 2000; i++) log.info(line);
    await rm(join(dir, "ballast"));
    await run("mount", ["-o", "remount,size=16m", dir]);
    log.info("first");
    log.info("second");
    const lines = (await readFile(join(dir, "server.log"), "utf8")).trimEnd().split("\n");
    const messages = lines.map((text) => JSON.parse(text).msg as string);
    expect(messages.slice(-3)).toEqual([
      expect.stringMatching(/^the log could not be written: ENOSPC.*; [1-9]\d* lines are missing$/),
      "first",
      "second",
    ]);
    expect(messages.filter((msg) => msg !== line)).toHaveLength(3);
  },
);
