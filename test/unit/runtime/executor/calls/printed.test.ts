import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PrintedFile, tailOf } from "../../../../../src/runtime/executor/calls/printed.ts";
import { ProgressMark, readProgress } from "../../../../../src/runtime/executor/calls/progress-mark.ts";

function newFile(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), "rain-printed-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, name);
  writeFileSync(path, "");
  return path;
}

function openPrinted(path: string): PrintedFile {
  const printed = new PrintedFile(path);
  onTestFinished(() => printed.close());
  return printed;
}

test("what is new in a file is told once", () => {
  const path = newFile("stdout");
  const printed = openPrinted(path);
  expect(printed.takeNew()).toBeUndefined();
  appendFileSync(path, "one\n");
  expect(printed.takeNew()).toBe("one\n");
  expect(printed.takeNew()).toBeUndefined();
  appendFileSync(path, "two\n");
  expect(printed.takeNew()).toBe("two\n");
});

test("of much, the end is told, from a whole character on", () => {
  const path = newFile("stdout");
  const printed = openPrinted(path);
  appendFileSync(path, `${"é".repeat(5000)}!`);
  expect(printed.takeNew()).toBe(`${"é".repeat(4095)}!`);
});

test("a file that has grown large is emptied", () => {
  const path = newFile("stdout");
  const printed = openPrinted(path);
  appendFileSync(path, Buffer.alloc((16 << 20) + 1, "x"));
  expect(printed.takeNew()).toHaveLength(8192);
  expect(statSync(path).size).toBe(0);
  appendFileSync(path, "more");
  expect(printed.takeNew()).toBe("more");
});

test("the tail of a file starts where it is asked to, and is empty for one that is gone", () => {
  const path = newFile("stderr");
  appendFileSync(path, "before after");
  expect(tailOf(path, 7, 100)).toBe("after");
  expect(tailOf(path, 0, 5)).toBe("after");
  expect(tailOf(`${path}-gone`, 0, 100)).toBe("");
});

test("what a process has begun can be read by another", () => {
  const path = newFile("progress");
  expect(readProgress(path)).toEqual({ call: 0, stdout: 0, stderr: 0 });
  const mark = new ProgressMark(path);
  onTestFinished(() => mark.close());
  mark.begin({ call: 7, stdout: 2 ** 40, stderr: 3 });
  expect(readProgress(path)).toEqual({ call: 7, stdout: 2 ** 40, stderr: 3 });
});
