import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import {
  parseStat,
  proportionalBytes,
  readProcesses,
  residentBytes,
  treeOf,
} from "../../../../../src/runtime/platform/processes/stat.ts";

test("a stat line is read whatever the name of the program", () => {
  const rest = "S 41 42 42 0 -1 4194560 100 0 0 0 150 50 7 3 20 0 1 0 100 1000 200";
  expect(parseStat(`43 (a) b) ${rest}`)).toEqual({
    isZombie: false,
    parent: 41,
    group: 42,
    cpuSeconds: 2.1,
    startTime: 100,
  });
  expect(parseStat("")).toBeUndefined();
});

test.runIf(existsSync("/proc/self/stat"))("this process is among all, with its memory", () => {
  const processes = readProcesses()!;
  expect(treeOf(process.ppid, processes)).toContain(process.pid);
  expect(residentBytes(process.pid)).toBeGreaterThan(2 ** 20);
  expect(proportionalBytes(process.pid)).toBeLessThanOrEqual(residentBytes(process.pid) * 1.5);
  expect(residentBytes(2 ** 30)).toBe(0);
  expect(proportionalBytes(2 ** 30)).toBeUndefined();
});
