import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { eventually, isAlive, openShell } from "./rain.ts";

it.each([
  ["with Python", ["/bin/mv", "/bin/sleep", "/usr/bin/python3"]],
  ["without", ["/bin/mv", "/bin/sleep"]],
])("a program does not outlive its worker, even when that is killed, %s", async (_, commands) => {
  const bin = await mkdtemp(join(tmpdir(), "bin-"));
  onTestFinished(() => rm(bin, { recursive: true }));
  for (const path of commands) await symlink(path, join(bin, basename(path)));
  const shell = await openShell({ env: { PATH: bin } });
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
