import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, isAlive, openShell } from "./rain.ts";

const HAS_SETSID = process.platform === "linux" && spawnSync("setsid", ["true"]).status === 0;

/** A cluster with one worker that runs a program with a detached process, started by this command. */
async function startDetached(by: string) {
  const shell = await openShell();
  const { workers } = await shell.start();
  const worker: number = workers[0].pid;
  const file = join(shell.directory, "pids");
  const command = `(${by} sh -c 'echo $$ > ${file}.new; exec sleep 401' &)
while ! [ -s ${file}.new ]; do sleep 0.01; done
echo $PPID >> ${file}.new; mv ${file}.new ${file}
sleep 404`;
  await shell.write("long.json", JSON.stringify({ rain: 1, tasks: { long: { run: command, shell: true } } }));
  expect((await shell.rain("submit", "long.json", "--detach")).code).toBe(0);
  let pids: number[] = [];
  await eventually(() => {
    pids = read(file).split(/\s+/).filter(Boolean).map(Number);
    return pids.length === 2;
  }, "the program runs");
  const [detached = 0, parent = 0] = pids;
  return { shell, worker, detached, parent };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const groupOf = (pid: number) => /^0::(.*)$/m.exec(read(`/proc/${pid}/cgroup`))?.[1] ?? "";

/** The processes that this one has started and that still are its children. */
const childrenOf = (pid: number) =>
  readdirSync("/proc")
    .map(Number)
    .filter(
      (child) => child > 0 && read(`/proc/${child}/stat`).split(") ").at(-1)?.split(" ")[1] === String(pid),
    );

describe.runIf(HAS_SETSID)("a process that has left the session of its program", () => {
  it("is gone after `rain stop`", async () => {
    const { shell, detached } = await startDetached("setsid");
    expect((await shell.rain("stop")).code).toBe(0);
    expect(isAlive(detached)).toBe(false);
  });

  it("does not outlive a worker that is killed together with what starts its programs", async () => {
    const { worker, detached, parent } = await startDetached("setsid");
    for (const pid of [parent, worker]) process.kill(pid, "SIGKILL");
    await eventually(() => !isAlive(detached), "the detached process is gone");
  });

  it("does not, either, if it has cleared its environment and the worker has a control group", async (context) => {
    const { worker, detached, parent } = await startDetached("env -i setsid");
    const group = groupOf(worker);
    if (!group.includes("/rain-")) context.skip("no control group can be made here");
    expect(groupOf(detached)).toBe(group);
    for (const pid of [parent, worker]) process.kill(pid, "SIGKILL");
    await eventually(() => !isAlive(detached), "the detached process is gone");
    const find = ["/sys/fs/cgroup", "-name", basename(group)];
    await eventually(
      () => spawnSync("find", find, { encoding: "utf8" }).stdout === "",
      "the group is removed",
    );
  });

  it("is killed by `rain stop` if everything was killed that could have done it", async () => {
    const { shell, worker, detached } = await startDetached("setsid");
    const all = [worker, ...childrenOf(worker)];
    for (const pid of all) process.kill(pid, "SIGSTOP");
    for (const pid of all) process.kill(pid, "SIGKILL");
    await eventually(() => !all.some(isAlive), "the worker is gone");
    expect(isAlive(detached)).toBe(true);
    await shell.rain("stop");
    await eventually(() => !isAlive(detached), "the detached process is gone");
  });
});
