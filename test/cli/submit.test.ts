import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, isAlive, openShell, type Shell } from "./rain.ts";

const HELLO = `
rain: 1
objects: { a: "Hello ", b: "world!" }
tasks:
  joined: { type: concat, inputs: [a, b], keep: true }
`;
const FAILING = `
rain: 1
name: broken
tasks:
  fine: { run: [echo, fine], stdout: true, group: prepare }
  bad: { run: [sh, -c, "echo some output; echo no such luck >&2; exit 3"], stdin: fine, stdout: true, group: work }
`;
const SLOW = `
rain: 1
name: slow
objects: { a: "x" }
tasks:
  slow: { type: sleep, inputs: [a], config: 60 }
`;

async function openCluster(files: Record<string, string>, ...flags: string[]): Promise<Shell> {
  const shell = await openShell();
  for (const [name, text] of Object.entries(files)) await shell.write(name, text);
  await shell.start(...flags);
  return shell;
}

async function stateOf(shell: Shell, session: number): Promise<string> {
  return (await shell.json("status", String(session))).value.state;
}

describe("rain submit", () => {
  it("runs a session file, says what it kept, and fetch brings exactly its bytes", async () => {
    const shell = await openCluster({ "hello.yml": HELLO });
    const { code, stdout } = await shell.rain("submit", "hello.yml");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Session 1 hello finished: 1 task in [\d.]+ s\.\nKept joined \(12 B\): `rain fetch 1 joined`\n$/,
    );
    expect((await shell.rain("fetch", "1", "joined")).stdout).toBe("Hello world!");
    expect((await shell.rain("fetch", "hello", "joined")).stdout).toBe("Hello world!");
  });

  it("answers with one JSON document", async () => {
    const shell = await openCluster({ "hello.yml": `${HELLO}save: { out/hello.txt: joined }\n` });
    const { code, value } = await shell.json("submit", "hello.yml");
    expect(code).toBe(0);
    expect(value).toEqual({
      version: 1,
      session: 1,
      name: "hello",
      state: "finished",
      tasks: { total: 1, waiting: 0, ready: 0, running: 0, finished: 1, failed: 0, cancelled: 0, skipped: 0 },
      outputs: { joined: { size: 12, contentType: "", dataType: "blob" } },
      saved: { "out/hello.txt": "joined" },
      createdAt: expect.any(String),
      endedAt: expect.any(String),
      durationSeconds: expect.any(Number),
    });
    expect(readFileSync(join(shell.directory, "out/hello.txt"), "utf8")).toBe("Hello world!");
  });

  it("reads from stdin, takes another name, and saves where it is told", async () => {
    const shell = await openCluster({});
    const file = `rain: 1\nobjects: { d: { text: hi } }\ntasks: { t: { type: concat, inputs: [d] } }\nsave: { t.txt: t }\n`;
    const submitting = shell.spawn("submit", "-", "--name", "piped", "--output", "results");
    submitting.stdin?.end(file);
    expect(await submitting).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("Session 1 piped"),
    });
    expect(readFileSync(join(shell.directory, "results/t.txt"), "utf8")).toBe("hi");
  });

  it("saves a directory as a directory", async () => {
    const shell = await openCluster({
      "dir.yml": `
rain: 1
objects: { a: one, b: two }
tasks: { d: { type: make_directory, inputs: [a, b], config: { paths: [x.txt, sub/y.txt] } } }
save: { tree: d }
`,
    });
    expect(await shell.rain("submit", "dir.yml")).toMatchObject({ code: 0 });
    expect(readFileSync(join(shell.directory, "tree/x.txt"), "utf8")).toBe("one");
    expect(readFileSync(join(shell.directory, "tree/sub/y.txt"), "utf8")).toBe("two");
  });

  it("shows task, worker, exit code and stderr of a failure, and so does `rain logs --failed`", async () => {
    const shell = await openCluster({ "failing.yml": FAILING });
    const { code, stderr } = await shell.rain("submit", "failing.yml");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: task bad \(builtin\/run\) failed on worker 1: .*code 3:\n {2}no such luck\n/,
    );
    expect(stderr).toContain("`rain logs 1 --failed`");

    const logs = await shell.rain("logs", "--failed");
    expect(logs.stdout).toMatch(/failed +task bad .* worker 1: .*code 3/);
    expect(logs.stdout).toContain("stdout: some output");
    expect(logs.stdout).toContain("stderr: no such luck");
    expect((await shell.rain("status", "1")).stdout).toMatch(/Failed \(1 task\)\n {2}task bad/);
    expect(await shell.rain("wait", "1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("task bad"),
    });
  });

  it("answers a failure with the outcome and its error as JSON", async () => {
    const shell = await openCluster({ "failing.yml": FAILING });
    const { code, value } = await shell.json("submit", "failing.yml");
    expect(code).toBe(1);
    expect(value).toMatchObject({
      session: 1,
      name: "broken",
      state: "failed",
      tasks: { total: 2, finished: 1, failed: 1 },
      error: { code: "TASK_FAILED", details: { exitCode: 3, stderr: "no such luck\n", worker: 1 } },
    });
  });

  it("cancels the session at Ctrl-C, with exit code 130", async () => {
    const shell = await openCluster({ "slow.yml": SLOW });
    const submitting = shell.spawn("submit", "slow.yml");
    await eventually(
      async () => (await shell.json("status")).value.workers[0].running === 1,
      "the task runs",
    );
    submitting.kill("SIGINT");
    const { exitCode, stderr } = await submitting;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("error: interrupted: session 1 was cancelled");
    expect(await stateOf(shell, 1)).toBe("cancelled");
  });

  it("cancels the session when its time is up, with exit code 5", async () => {
    const shell = await openCluster({ "slow.yml": SLOW });
    const { code, value } = await shell.json("submit", "slow.yml", "--timeout", "2s");
    expect(code).toBe(5);
    expect(value).toMatchObject({ state: "cancelled", error: { code: "TIMEOUT" } });
  });

  it("cancels the session when the submitter dies", async () => {
    const shell = await openCluster({ "slow.yml": SLOW });
    const submitting = shell.spawn("submit", "slow.yml");
    await eventually(
      async () => (await shell.json("status")).value.workers[0].running === 1,
      "the task runs",
    );
    submitting.kill("SIGKILL");
    await submitting;
    await eventually(
      async () => ["cancelled", "closed"].includes(await stateOf(shell, 1)),
      "it is cancelled",
    );
  });

  it("ends with exit code 3 when another server takes the place of the one that died", async () => {
    const shell = await openShell();
    await shell.write("slow.yml", SLOW);
    const { pid, address } = await shell.start();
    const submitting = shell.spawn("submit", "slow.yml");
    await eventually(
      async () => (await shell.json("status")).value.workers[0].running === 1,
      "the task runs",
    );
    process.kill(pid, "SIGKILL");
    await eventually(() => !isAlive(pid), "the server is dead");
    const another = shell.spawn("server", "--listen", address, "--workdir", join(shell.directory, "another"));
    expect(await submitting).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`a different server now listens at ${address}`),
    });
    another.kill();
    await another;
  });

  it("ends with exit code 4 when somebody else cancels the session", async () => {
    const shell = await openCluster({ "slow.yml": SLOW });
    const submitting = shell.spawn("submit", "slow.yml");
    await eventually(
      async () => (await shell.json("status")).value.workers[0].running === 1,
      "the task runs",
    );
    expect(await shell.rain("cancel", "slow")).toMatchObject({
      code: 0,
      stdout: "Session 1 is cancelled.\n",
    });
    expect(await submitting).toMatchObject({ exitCode: 4 });
  });
});

describe("rain submit --detach", () => {
  it("leaves the session running; wait, fetch and close come later", async () => {
    const shell = await openCluster({
      "later.yml": `
rain: 1
name: later
objects: { a: "done" }
tasks: { nap: { type: sleep, inputs: [a], config: 0.5 } }
save: { nap.txt: nap }
`,
    });
    const { code, stdout } = await shell.rain("submit", "later.yml", "--detach");
    expect(code).toBe(0);
    expect(stdout).toContain("Session 1 is running: 1 task.");
    expect(stdout).toContain("`rain fetch 1 nap -o nap.txt`");
    expect(existsSync(join(shell.directory, "nap.txt"))).toBe(false);

    expect(await shell.rain("wait", "later")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Session 1 later finished: 1 task in [\d.]+ s\.\nKept nap/),
    });
    expect(await shell.rain("fetch", "1", "nap", "-o", "nap.txt")).toMatchObject({ code: 0 });
    expect(await readFile(join(shell.directory, "nap.txt"), "utf8")).toBe("done");
    expect(await shell.rain("close", "1")).toMatchObject({ code: 0 });
    expect(await shell.rain("fetch", "1", "nap")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("closed"),
    });
  });

  it("can be given up waiting for, which does not stop it", async () => {
    const shell = await openCluster({ "slow.yml": SLOW });
    await shell.rain("submit", "slow.yml", "--detach");
    const { code, stderr } = await shell.rain("wait", "1", "--timeout", "2s");
    expect(code).toBe(5);
    expect(stderr).toContain("error: not done after 2s: session 1 is running");
    expect(await stateOf(shell, 1)).toBe("running");
  });
});
