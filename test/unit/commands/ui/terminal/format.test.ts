import { describe, expect, it } from "vitest";
import {
  count,
  formatBytes,
  formatDuration,
  formatProgress,
  formatTime,
} from "../../../../../src/commands/ui/terminal/format.ts";
import { NO_TASKS } from "../../../../../src/runtime/model/task-counts.ts";

describe("formatDuration", () => {
  it.each([
    [0, "0.00 s"],
    [0.416, "0.42 s"],
    [9.994, "9.99 s"],
    [9.996, "10.0 s"],
    [59.96, "1m00s"],
    [245, "4m05s"],
    [3599.6, "1h00m"],
    [7380, "2h03m"],
    [100 * 3600, "4d04h"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1_500_000, "1.4 MiB"],
    [300 * 2 ** 20, "300 MiB"],
    [2 ** 30 - 1, "1.0 GiB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("formatTime", () => {
  const now = new Date(2026, 10, 22, 14, 30);

  it("is the local time of today", () => {
    expect(formatTime(new Date(2026, 10, 22, 9, 5, 7).getTime(), now)).toBe("09:05:07");
  });

  it("includes the date on other days", () => {
    expect(formatTime(new Date(2026, 10, 21, 23, 59, 59).getTime(), now)).toBe("2026-11-21 23:59:59");
  });
});

it("uses singular and plural", () => {
  expect([count(1, "task"), count(0, "task"), count(3, "task")]).toEqual(["1 task", "0 tasks", "3 tasks"]);
});

it("mentions running, failed, cancelled and skipped tasks only if there are any", () => {
  const tasks = { ...NO_TASKS, total: 40, waiting: 20, ready: 8, finished: 12 };
  expect(formatProgress(tasks)).toBe("12 of 40 tasks done");
  expect(formatProgress({ ...tasks, running: 3, failed: 1 })).toBe(
    "12 of 40 tasks done, 3 running, 1 failed",
  );
  expect(formatProgress({ ...tasks, failed: 1, cancelled: 5, skipped: 2 })).toBe(
    "12 of 40 tasks done, 1 failed, 5 cancelled, 2 skipped",
  );
});
