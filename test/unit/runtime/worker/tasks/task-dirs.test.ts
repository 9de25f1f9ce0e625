import { chmod, mkdtemp, readdir, rm, rmdir, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { TaskDirs } from "../../../../../src/runtime/worker/tasks/task-dirs.ts";

let parent: string;
let dirs: TaskDirs;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "task-dirs-"));
  dirs = new TaskDirs(parent);
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
});

test("tasks that run at the same time have directories of their own", () => {
  expect(dirs.take()).not.toBe(dirs.take());
});

test("what a task left empty goes to a later one, at once", () => {
  const dir = dirs.take();
  expect(dirs.give(dir)).toBeUndefined();
  expect(dirs.take()).toBe(dir);
});

test.each([
  ["with a file in it", (dir: string) => writeFile(join(dir, ".hidden"), "")],
  ["that nobody may write to any more", (dir: string) => chmod(dir, 0o500)],
  ["that is gone", (dir: string) => rmdir(dir)],
  ["that became a link", (dir: string) => rmdir(dir).then(() => symlink(tmpdir(), dir))],
])("one %s is removed", async (_, change) => {
  const dir = dirs.take();
  await change(dir);
  await dirs.give(dir);
  expect(await readdir(parent)).toEqual([]);
  const next = dirs.take();
  expect(next).not.toBe(dir);
  expect((await stat(next)).mode & 0o777).toBe(0o700);
});
