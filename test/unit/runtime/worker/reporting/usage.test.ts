import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { measureUsage } from "../../../../../src/runtime/worker/reporting/usage.ts";
import { eventually, MiB } from "../support.ts";

test("the processor time of this process grows as it works", () => {
  const before = measureUsage();
  const deadline = Date.now() + 10_000;
  let after = before;
  while (after.cpuSeconds - before.cpuSeconds < 0.05 && Date.now() < deadline) {
    for (let i = 0; i < 1e6; i++) Math.random();
    after = measureUsage();
  }
  expect(after.cpuSeconds - before.cpuSeconds).toBeGreaterThanOrEqual(0.05);
  expect(after.memory).toBeGreaterThan(10 * MiB);
});

describe.runIf(existsSync("/proc/self/stat"))("where there is /proc", () => {
  test("programs count with their children, and no more when they have ended", async () => {
    const before = measureUsage().programMemory;
    const shell = spawn("/bin/sh", ["-c", "sleep 60 & wait"], { stdio: "ignore", detached: true });
    onTestFinished(() => {
      if (shell.pid && shell.exitCode === null && shell.signalCode === null)
        process.kill(-shell.pid, "SIGKILL");
    });
    await eventually(() => measureUsage().programMemory > before, "the program counts");
    process.kill(-(shell.pid ?? 0), "SIGKILL");
    await eventually(() => measureUsage().programMemory === before, "it does not count any more");
  });
});
