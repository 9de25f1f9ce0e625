import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually, isAlive, openShell } from "./rain.ts";

it("a program does not outlive its worker, even when that is killed", async () => {
  const shell = await openShell();
  const { workers } = await shell.start();
  const pidFile = join(shell.directory, "pid");
  const command = `sleep 60 & echo $! $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`;
  await shell.write("long.json", JSON.stringify({ rain: 1, tasks: { long: { run: command, shell: true } } }));
  expect((await shell.rain("submit", "long.json", "--detach")).code).toBe(0);
  let pids: number[] = [];
  await eventually(async () => {
    pids = (await readFile(pidFile, "utf8").catch(() => "")).split(/\s+/).filter(Boolean).map(Number);
    return pids.length === 2;
  }, "the program runs");
  process.kill(workers[0].pid, "SIGKILL");
  await eventually(() => !pids.some(isAlive), "the program and its child are gone");
});
