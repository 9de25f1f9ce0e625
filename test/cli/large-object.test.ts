import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openShell } from "./rain.ts";

const MEGABYTE = 1_000_000;
const SIZE = 300 * MEGABYTE;
/** Both need the object at the same time, and each worker has one cpu: one of the two has to get it from the other worker. */
const FILE = `
rain: 1
name: crossing
tasks:
  large: { run: [sh, -c, "yes 'rain on two workers' | head -c ${SIZE}"], stdout: true }
  left: { run: [sh, -c, "sleep 1; sha256sum < large"], files: { large: large }, stdout: true, keep: true }
  right: { run: [sh, -c, "sleep 1; sha256sum < large"], files: { large: large }, stdout: true, keep: true }
  again: { type: concat, inputs: [large], keep: true }
`;

/** The most memory that a process has ever used, in bytes. */
function peakMemory(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

it.each([
  ["by link and copy on one machine", {}],
  ["as a stream, as if on several machines", { RAIN_HOST_ID: "" }],
])(
  "moves 300 MB between two workers and to the client without holding them in memory: %s",
  async (_, env) => {
    const shell = await openShell({ env });
    await shell.write("crossing.yml", FILE);
    const { pid, workers } = await shell.start("--local-workers", "[1,1]");
    const { code, value } = await shell.json("submit", "crossing.yml");
    expect({ code, error: value.error }).toEqual({ code: 0, error: undefined });

    const line = Buffer.from("rain on two workers\n");
    const sha256 = createHash("sha256");
    for (let written = 0; written < SIZE; written += MEGABYTE) sha256.update(Buffer.alloc(MEGABYTE, line));
    const expected = sha256.digest("hex");
    for (const task of ["left", "right"]) {
      expect((await shell.rain("fetch", "crossing", task)).stdout).toBe(`${expected}  -\n`);
    }
    const { entries } = (await shell.json("logs", "crossing")).value;
    const places = entries.filter(
      (entry: { event: string; key: string }) => entry.event === "finished" && /left|right/.test(entry.key),
    );
    expect(places.map((entry: { worker: number }) => entry.worker).sort()).toEqual([1, 2]);

    expect(await shell.rain("fetch", "crossing", "again", "-o", "again")).toMatchObject({ code: 0 });
    expect(
      createHash("sha256")
        .update(readFileSync(join(shell.directory, "again")))
        .digest("hex"),
    ).toBe(expected);
    // What was saved is the user's own: to write to it changes nothing else.
    appendFileSync(join(shell.directory, "again"), "more");
    expect((await shell.rain("fetch", "crossing", "again", "-o", "once-more")).code).toBe(0);
    expect(statSync(join(shell.directory, "once-more")).size).toBe(SIZE);
    for (const process of [pid, ...workers.map((worker) => worker.pid)]) {
      expect(peakMemory(process)).toBeLessThan(300 * MEGABYTE);
    }
  },
);
