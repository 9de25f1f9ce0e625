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

it("a session goes on without a worker that is killed, and ends with the right bytes", async () => {
  const shell = await openShell();
  const { workers } = await shell.start("--local-workers", "[1,1]");
  const tasks = {
    part: {
      matrix: { i: Array.from({ length: 80 }, (_, i) => i) },
      run: "sleep 0.02; echo ${{ matrix.i }}",
      shell: true,
      stdout: true,
    },
    all: { type: "concat", inputs: ["part[*]"] },
  };
  await shell.write("parts.json", JSON.stringify({ rain: 1, tasks, save: { "all.txt": "all" } }));
  const submitted = shell.rain("submit", "parts.json", "--json");
  await eventually(async () => {
    const { stdout } = await shell.rain("status", "--json");
    const [session] = (JSON.parse(stdout) as { sessions: { tasks: { finished: number } }[] }).sessions;
    return (session?.tasks.finished ?? 0) > 15;
  }, "a part of the tasks has finished");
  process.kill(workers[0].pid, "SIGKILL");
  const { code, stdout } = await submitted;
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    state: "finished",
    tasks: { finished: 81 },
  });
  const expected = Array.from({ length: 80 }, (_, i) => `${i}\n`).join("");
  expect(await readFile(join(shell.directory, "all.txt"), "utf8")).toBe(expected);
}, 60_000);
