import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShell, type Shell } from "./rain.ts";

const FAILING = `
rain: 1
name: failing
onFailure: continue
tasks:
  good: { run: [echo, hello], stdout: true }
  bad: { run: [sh, -c, "echo oh no >&2; exit 3"], stdout: true, retries: 1 }
  after: { run: [cat], stdin: bad, stdout: true }
  last: { type: concat, inputs: [after, good] }
  fine: { run: [tr, a-z, A-Z], stdin: good, stdout: true }
save: { fine.txt: fine, last.txt: last }
`;

/** Session 1 is the failing one, at its end. */
let shell: Shell;
let submitted: { code: number | undefined; stdout: string; stderr: string };

beforeAll(async () => {
  shell = await createShell();
  await shell.write("failing.yml", FAILING);
  await shell.start("--local-workers", "[1,1]");
  submitted = await shell.rain("submit", "failing.yml");
});
afterAll(() => shell.dispose());

/** Without what differs from run to run. */
const plain = (text: string) =>
  text
    .replace(/\d+\.\d+ s\b/g, "T s")
    .replace(/\d\d:\d\d:\d\d/g, "TIME")
    .replace(/worker \d/g, "worker N");

describe("the tasks of a session that ended early", () => {
  const counts = { waiting: 0, ready: 0, running: 0, finished: 0, failed: 0, cancelled: 0, skipped: 0 };

  it("count as failed only if they failed, and as cancelled if the failure of another one ended them", async () => {
    const tasks = ["2", "3", "4", "5", "6"].map(
      (n) => `  nap${n}: { run: [sleep, "60"], resources: { cpus: 2 } }`,
    );
    await shell.write(
      "stops.yml",
      `rain: 1\ntasks:\n  good: { run: [echo, hi], stdout: true }\n  bad: { run: [cat, nothing], stdin: good, stdout: true }\n${tasks.join("\n")}\n`,
    );
    const failed = await shell.rain("submit", "stops.yml");
    expect(failed.code).toBe(1);
    expect(plain(failed.stdout)).toMatch(
      /^Session \d+ stops failed: 1 of 7 tasks done, 1 failed, 5 cancelled in T s\.\n$/,
    );
    expect(failed.stderr).toContain("1 of 7 tasks done, 1 failed, 5 cancelled");
    const { value } = await shell.json("status", "stops");
    expect(value.tasks).toEqual({ ...counts, total: 7, finished: 1, failed: 1, cancelled: 5 });
    expect((await shell.rain("status", "stops")).stdout).toMatch(/failed +cancelled\n\(no group\) .* 1 +5\n/);
    const why = await shell.rain("why", "stops", "nap2");
    expect(why.stdout).toMatch(/was cancelled\.\n/);
    expect(why.stdout).toMatch(/\nIts session ended: task bad .* code 1/);
  });

  it("count as cancelled after Ctrl-C, also when the server has started again", async () => {
    const own = await createShell();
    try {
      await own.write(
        "naps.yml",
        "rain: 1\ntasks:\n  nap: { matrix: { i: [1, 2, 3] }, run: [sleep, '60'] }\n",
      );
      await own.start("--local-workers", "[1]");
      const submitting = own.spawn("submit", "naps.yml");
      await expect
        .poll(async () => (await own.json("status")).value.sessions[0]?.tasks.running, { timeout: 20_000 })
        .toBe(1);
      submitting.kill("SIGINT");
      const { exitCode, stdout } = await submitting;
      expect(exitCode).toBe(130);
      expect(plain(stdout)).toBe("Session 1 naps cancelled: 0 of 3 tasks done, 3 cancelled in T s.\n");
      const cancelled = { ...counts, total: 3, cancelled: 3 };
      expect((await own.json("status", "1")).value.tasks).toEqual(cancelled);
      await own.rain("stop");
      await own.start("--local-workers", "[1]");
      expect((await own.json("status", "1")).value.tasks).toEqual(cancelled);
    } finally {
      await own.dispose();
    }
  });
});

describe("a session that goes on after failures", () => {
  it("saves what was made, tells what was skipped because of what, and ends with exit code 1", () => {
    expect(submitted.code).toBe(1);
    expect(
      plain(submitted.stdout),
    ).toBe(`Session 1 failing failed: 2 of 5 tasks done, 1 failed, 2 skipped in T s.
Failed (1 task)
  task bad (builtin/run) failed on worker N: \`sh\` exited with code 3:
  oh no
    skipped because of this: after, last
Saved fine as fine.txt (6 B)
Not saved: last as last.txt, since it was not made
`);
    expect(submitted.stderr).toContain(
      "error: 1 of 5 tasks failed, and 2 were skipped because of that; task bad",
    );
    expect(readFileSync(join(shell.directory, "fine.txt"), "utf8")).toBe("HELLO\n");
    expect(existsSync(join(shell.directory, "last.txt"))).toBe(false);
  });

  it("says the same as one JSON document", async () => {
    const { code, value } = await shell.json("submit", "failing.yml", "--output", "out");
    expect(code).toBe(1);
    expect(value).toMatchObject({
      state: "failed",
      tasks: { total: 5, finished: 2, failed: 1, skipped: 2 },
      saved: { "out/fine.txt": "fine" },
      notSaved: { "out/last.txt": { ref: "last" } },
      failed: [{ key: "bad", error: { details: { exitCode: 3 } } }],
      skipped: [{ because: { key: "bad" }, count: 2, examples: [{ key: "after" }, { key: "last" }] }],
      error: { code: "TASK_FAILED", details: { failed: 1, skipped: 2 } },
    });
    expect(Object.keys(value.outputs)).toEqual(["fine"]);
  });

  it("is shown so by status", async () => {
    const { stdout } = await shell.rain("status", "1");
    expect(stdout).toMatch(/failed +skipped\n\(no group\) +5 +0 +0 +0 +2 +1 +2\n/);
    expect(stdout).toContain("\n    skipped because of this: after, last\n");
  });

  it("has what was made for others, and an error for the rest", async () => {
    expect(await shell.rain("fetch", "1", "fine")).toMatchObject({ code: 0, stdout: "HELLO\n" });
    const { code, stderr } = await shell.rain("fetch", "1", "last");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: task last was skipped because it needs an output of task bad: task bad /);
    expect((await shell.rain("wait", "1")).code).toBe(1);
  });
});

describe("rain why", () => {
  it("tells why a task failed, and ran again elsewhere", async () => {
    const { code, stdout } = await shell.rain("why", "1", "bad");
    expect(code).toBe(0);
    expect(plain(stdout)).toBe(`Task bad (builtin/run) of session 1 has failed.
Run 1, TIME, on worker N: failed after T s, attempt 1 of 2
  on worker N, because it was next in the queue, and the worker had room
  task bad (builtin/run) failed on worker N: \`sh\` exited with code 3:
  oh no
Run 2, TIME, on worker N: failed after T s, attempt 2 of 2
  again, because the previous run failed
  on worker N, because it failed on worker N
  task bad (builtin/run) failed on worker N: \`sh\` exited with code 3:
  oh no
`);
  });

  it("tells why one was skipped, and why one ran where it did", async () => {
    const skipped = await shell.rain("why", "1", "last");
    expect(skipped.stdout).toBe(`Task last (builtin/concat) of session 1 was skipped.
It will not run, because it needs the output of bad, which failed.
`);
    const { value } = await shell.json("why", "1", "#4");
    expect(value).toMatchObject({
      session: 1,
      task: 4,
      key: "fine",
      state: "finished",
      runs: [{ outcome: "finished", worker: expect.any(Number), placed: { by: expect.any(String) } }],
    });
  });

  it("tells what a task waits for", async () => {
    await shell.write(
      "waiting.yml",
      `
rain: 1
tasks:
  nap: { run: [sleep, "60"], stdout: true }
  sequel: { run: [cat], stdin: nap, stdout: true }
  flaky: { run: [sh, -c, exit 4], stdout: true, retries: { times: 1, delay: 1h } }
  big: { run: [date], stdout: true, resources: { cpus: 64 } }
`,
    );
    const { value } = await shell.json("submit", "waiting.yml", "--detach");
    const session = String(value.session);
    const why = async (task: string) => plain((await shell.rain("why", session, task)).stdout);
    await expect.poll(() => why("sequel"), { timeout: 20_000 }).toMatch(/nap: running on worker N\n$/);
    expect(await why("sequel")).toContain("\nIt waits for the task that makes one of its inputs:\n");
    await expect
      .poll(() => why("flaky"), { timeout: 20_000 })
      .toMatch(/\nIt runs again at ([-\d]{10} )?TIME, in (59m\d\ds|1h00m)\.\n$/);
    expect(await why("big")).toContain(
      "\nIt is ready, and waits for a worker:\n  worker N: has 1 of the 64 cpus needed\n  worker N: has 1 of the 64 cpus needed\n",
    );
    await shell.rain("close", session);
  });

  it("says which tasks there are when there is no such one", async () => {
    expect(await shell.rain("why", "1", "worse")).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: session 1 has no task "worse"\nhint:  Its tasks are good, bad, after, last, fine.\n`,
    });
    expect((await shell.rain("why", "9", "bad")).code).toBe(2);
  });
});
