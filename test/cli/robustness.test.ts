import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openShell, runtimeCommand } from "./rain.ts";

describe("a command", () => {
  it.skipIf(process.platform !== "linux")("says in one line that its output cannot be written", async () => {
    const shell = await openShell();
    const full = openSync("/dev/full", "w");
    const [program = "", ...args] = runtimeCommand();
    const { status, stderr } = spawnSync(program, [...args, "tasks"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
      env: { ...process.env, RAIN_HOME: shell.home },
    });
    closeSync(full);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^error: cannot write to standard output: .*no space left on device.*\n(hint:.*\n)?$/i,
      ),
    ]);
  });

  it.each([
    ["[]", "listenHost: "],
    ['{"workers":5}', "listenHost: "],
    ['{"listenHost":"x","startedAt":"","workers":{}}', "workers: Invalid type"],
    ["{", "JSON"],
  ])("says what is wrong with the record of the cluster %s", async (record, message) => {
    const shell = await openShell();
    mkdirSync(shell.home);
    const path = join(shell.home, "cluster.json");
    writeFileSync(path, record);
    const { code, stderr } = await shell.rain("status");
    expect([code, stderr]).toEqual([1, expect.stringContaining(`error: cannot read ${path}: `)]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("hint:  Remove the file if Rain is not running on this machine.");
    rmSync(path);
  });

  it("may have a time limit of a month", async () => {
    const shell = await openShell();
    await shell.start();
    await shell.write("t.yml", "{ rain: 1, tasks: { t: { run: sleep 0.2, timeout: 30d } } }");
    expect(await shell.rain("submit", "t.yml", "--timeout", "25d")).toMatchObject({ code: 0 });
  });
});

describe("a server and a worker", () => {
  // Deno opens it whatever a program does.
  it.skipIf(process.env.RAIN_TEST_RUNTIME === "deno")("do not open a debugger on SIGUSR1", async () => {
    const shell = await openShell();
    const { pid, workers, address } = await shell.start();
    for (const process_ of [{ pid }, ...workers]) process.kill(process_.pid, "SIGUSR1");
    await shell.write("t.yml", "{ rain: 1, tasks: { t: { run: sleep 0.2 } } }");
    expect(await shell.rain("submit", "t.yml", "--server", address)).toMatchObject({ code: 0 });
    await expect(fetch("http://127.0.0.1:9229/json")).rejects.toThrow();
  });
});
