import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { TaskError } from "../../../../src/runtime/plugin/contract/index.ts";
import { memory, runTask, scratchDirectory, type TaskResult } from "../run-task.ts";
import { isAlive, runShell } from "./program.ts";

async function failureOf(task: Promise<TaskResult>): Promise<TaskError> {
  const error = await task.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TaskError);
  return error as TaskError;
}

describe("a program that fails", () => {
  test("is named with its exit code and the end of stderr", async () => {
    const error = await failureOf(runTask("run", { config: { args: ["sort", "no-such-file"] } }));
    expect(error.message).toMatch(/^`sort` exited with code 2:\n.*sort: .*no-such-file/);
    expect(error.details).toEqual({
      exitCode: 2,
      program: "sort",
      stderr: expect.stringContaining("no-such-file"),
    });
  });

  test("without a word has a message all the same", async () => {
    const error = await failureOf(runShell("exit 3"));
    expect(error.message).toBe("`exit 3` exited with code 3");
    expect(error.details).toEqual({ exitCode: 3, stderr: "", program: "exit 3" });
  });

  test("after many words shows the last ten lines, and keeps more for machines", async () => {
    const error = await failureOf(runShell("for i in $(seq 30); do echo line $i >&2; done; exit 1"));
    expect(error.message.split("\n").slice(1)).toEqual(
      Array.from({ length: 10 }, (_, i) => `line ${i + 21}`),
    );
    expect(error.details.stderr).toContain("line 1\n");
  });

  test("by a signal is named with it", async () => {
    const error = await failureOf(runShell("echo dying >&2; kill -9 $$"));
    expect(error.message).toMatch(/was terminated by signal SIGKILL:\ndying$/);
    expect(error.details).toMatchObject({ signal: "SIGKILL", stderr: "dying\n" });
  });
});

describe("a program that cannot start", () => {
  const start = (program: string, more: object = {}) =>
    failureOf(runTask("run", { config: { args: [program], ...more } }));

  test("for it is nowhere in PATH", async () => {
    const error = await start("no-such-program", { env: { PATH: "/bin:/sbin" } });
    expect(error.message).toBe('program "no-such-program" not found in PATH (/bin:/sbin)');
    expect(error.details).toEqual({ program: "no-such-program", errno: "ENOENT" });
  });

  test("for nothing is at its path", async () => {
    expect((await start("./tool")).message).toBe('program "./tool" not found');
  });

  test("for it is not executable", async () => {
    const config = { args: ["./script.sh"], in_paths: [{ path: "script.sh" }] };
    const error = await failureOf(runTask("run", { config, inputs: [memory("#!/bin/sh\n")] }));
    expect(error.message).toBe('program "./script.sh" is not executable');
  });

  test("for its interpreter is missing", async () => {
    const script = join(await scratchDirectory(), "script");
    await writeFile(script, "#!/no/such/interpreter\n", { mode: 0o755 });
    expect((await start(script)).message).toBe(
      `program "${script}" cannot start: the interpreter that its first line names was not found`,
    );
  });

  test("for an argument is impossible", async () => {
    const error = await failureOf(runTask("run", { config: { args: ["echo", "a\0b"] } }));
    expect(error.message).toContain('program "echo" cannot start');
  });
});

describe("an abort", () => {
  /** Runs a line that writes process ids into `$PIDS`, and aborts once `count` of them are there. */
  async function abortWhenRunning(line: string, count: number): Promise<{ pids: number[]; error: Error }> {
    const pidFile = join(await scratchDirectory(), "pids");
    const pids = () =>
      existsSync(pidFile) ? readFileSync(pidFile, "utf8").trim().split("\n").map(Number) : [];
    const abort = new AbortController();
    const failure = failureOf(runShell(line, { env: { PIDS: pidFile }, signal: abort.signal }));
    await vi.waitFor(() => expect(pids()).toHaveLength(count), { timeout: 5000 });
    abort.abort();
    return { error: await failure, pids: pids() };
  }
  const allGone = (pids: number[]) => vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));

  test("ends the program and its children and grandchildren", async () => {
    const line = "sh -c 'sleep 100 & echo $! >> $PIDS; echo $$ >> $PIDS; wait' & echo $$ >> $PIDS; wait";
    const { pids, error } = await abortWhenRunning(line, 3);
    expect(error.message).toContain("was terminated by signal SIGTERM");
    await allGone(pids);
  });

  test("lets a program tidy up", async () => {
    const { error } = await abortWhenRunning(
      "trap 'echo tidy >&2; exit 7' TERM; echo $$ >> $PIDS; sleep 100 & wait",
      1,
    );
    expect(error.message).toMatch(/exited with code 7:\ntidy$/);
  });

  test("kills a program that does not end when asked to", async () => {
    const { pids, error } = await abortWhenRunning(
      "trap '' TERM; echo $$ >> $PIDS; while true; do sleep 0.1; done",
      1,
    );
    expect(error.message).toContain("was terminated by signal SIGKILL");
    await allGone(pids);
  });

  test("before the start starts nothing", async () => {
    const marker = join(await scratchDirectory(), "marker");
    await expect(runShell(`touch ${marker}`, { signal: AbortSignal.abort() })).rejects.toThrow("abort");
    expect(existsSync(marker)).toBe(false);
  });
});

test("what a program leaves running is killed when it has ended", async () => {
  const { printed } = await runShell("sleep 100 & echo $!");
  const pid = Number(printed[0].stdout);
  expect(pid).toBeGreaterThan(0);
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
});

test("no file stays open", async () => {
  const descriptors = () => readdirSync("/proc/self/fd").length;
  await runShell("true");
  const before = descriptors();
  for (let i = 0; i < 10; i++) await runShell("cat", { in_paths: [{ path: "+in" }], inputs: [memory("x")] });
  await runTask("run", { config: { args: ["no-such-program"] } }).catch(() => {});
  expect(descriptors()).toBeLessThanOrEqual(before);
});

test("when what starts programs is killed, the program's task fails, and the next one runs", async () => {
  // Without Python it is this process, which is to stay.
  const line = "read -r name < /proc/$PPID/comm; case $name in python*) kill $PPID; sleep 100;; esac; exit 1";
  await expect(runShell(line)).rejects.toThrow(/ended while this one ran|exited with code 1/);
  await runShell("true");
});
