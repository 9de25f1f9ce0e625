import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShell, eventually, openShell, type Shell } from "./rain.ts";

const CONFIG = `
cpus: 2
memory: 4GiB
resources: { gpu: [3, 5] }
labels: { zone: eu }
`;

/** A task that no worker can run, and one that waits for it. */
const TOO_MUCH = `{
  "rain": 1,
  "name": "too-much",
  "tasks": {
    "small": { "run": ["true"], "stdout": true, "group": "prepare" },
    "large": { "run": ["cat"], "stdin": "small", "stdout": true, "resources": { "cpus": 64 } },
    "last": { "run": ["cat"], "stdin": "large", "stdout": true }
  }
}`;
const FITTING = TOO_MUCH.replace("64", "2").replace("too-much", "fitting");

/** Has a cluster with one worker of that configuration. */
let shell: Shell;

beforeAll(async () => {
  shell = await createShell();
  await shell.write("worker.yml", CONFIG);
  await shell.write("too-much.json", TOO_MUCH);
  await shell.write("fitting.json", FITTING);
  await shell.start("--worker-config", "worker.yml");
});
afterAll(() => shell.dispose());

describe("a worker configuration", () => {
  it("is what rain status shows", async () => {
    const { value } = await shell.json("status");
    expect(value.workers).toMatchObject([
      { cpus: 2, memoryTotal: 4 * 2 ** 30, resources: { gpu: 2 }, labels: { zone: "eu" } },
    ]);
    expect((await shell.rain("status")).stdout).toMatch(/objects +offers\n.* gpu=2 zone=eu\n/);
  });

  it.each(["worker", "start"])(
    "with mistakes keeps rain %s from starting, and they have positions",
    async (command) => {
      const other = await openShell();
      await other.write("bad.yml", "cpus: 2\nlabel: { zone: eu }\nmemory: lots\n");
      const flag = command === "start" ? "--worker-config" : "--config";
      const { code, stderr } = await other.rain(command, flag, "bad.yml");
      expect(code).toBe(2);
      expect(stderr).toContain('bad.yml:2:1: unknown key "label"; did you mean "labels"?');
      expect(stderr).toContain("bad.yml:3:9: memory must be a size");
    },
  );

  it("cannot give the same units to two workers", async () => {
    const other = await openShell();
    await other.write("worker.yml", CONFIG);
    const words = ["--local-workers", "[1,1]", "--worker-config", "worker.yml", "--listen", "0"];
    const { code, stderr } = await other.rain("start", ...words);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("would give the same gpu to each of the 2 workers"),
    ]);
  });
});

describe("rain submit --dry-run", () => {
  it("shows which worker would run what, and leaves nothing behind", async () => {
    const { code, stdout } = await shell.rain("submit", "fitting.json", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^3 of 3 tasks would run, in about [\d.]+ s/);
    expect(stdout).toMatch(/ 1 +1 +prepare +builtin\/run +\d+ +small, large, last\n/);
    expect((await shell.json("status")).value.sessions).toEqual([]);
  });

  it("names what cannot run, and why", async () => {
    const { code, stdout } = await shell.rain("submit", "too-much.json", "--dry-run");
    expect(code).toBe(1);
    expect(stdout).toContain("Cannot run, and 1 task waiting for them:");
    expect(stdout).toContain("large: no worker can run it\n    worker 1 has 2 of the 64 cpus needed");
    const { value } = await shell.json("submit", "too-much.json", "--dry-run");
    expect(value).toMatchObject({
      tasks: { total: 3 },
      waiting: 1,
      workers: [{ worker: 1, count: 1, first: [{ task: 0, key: "small" }] }],
      blocked: [{ count: 1, example: { key: "large" }, reasons: [{ worker: 1 }] }],
    });
  });
});

describe("a session with a task that no worker can run", () => {
  it("is said so by rain submit and rain status", async () => {
    const running = shell.spawn("submit", "too-much.json", "--name", "stuck", "--json");
    running.stdin?.end();
    const warning = "large: no worker can run it\n  worker 1 has 2 of the 64 cpus needed\n";
    let stderr = "";
    running.stderr?.on("data", (data) => {
      stderr += data;
    });
    await eventually(() => stderr.includes(warning), "the warning");
    const { stdout } = await shell.rain("status", "stuck");
    expect(stdout).toContain("Blocked (1 task)\n  large: no worker can run it\n");
    expect((await shell.json("status", "stuck")).value.blocked).toMatchObject([
      { count: 1, reasons: [{ worker: 1, reason: "has 2 of the 64 cpus needed" }] },
    ]);
    await shell.rain("cancel", "stuck");
    const { stdout: outcome, exitCode } = await running;
    expect(exitCode).toBe(4);
    expect(JSON.parse(outcome).blocked).toMatchObject([{ count: 1, example: { key: "large" } }]);
    expect(stderr.split("warning:")).toHaveLength(2);
  });
});
