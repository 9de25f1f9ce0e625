import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directory, file, memory, runTask, scratchDirectory, writeFiles } from "./run-task.ts";
import { treeOf } from "./tree-helpers.ts";

async function target(name: string): Promise<{ path: string; around: string }> {
  const around = await scratchDirectory();
  return { path: join(around, name), around };
}

test.each([
  ["memory", memory("content")],
  ["a file", file("content")],
])("writes a blob in %s, creating parents, and leaves nothing else", async (_, input) => {
  const { path, around } = await target("new/deep/report.txt");
  const { outputs } = await runTask("store", { config: { path }, inputs: [input] });
  expect(outputs).toEqual([]);
  expect(treeOf(around)).toEqual({ "new/": null, "new/deep/": null, "new/deep/report.txt": "content" });
});

test("export is the same", async () => {
  const { path } = await target("out");
  await runTask("export", { config: { path }, inputs: [memory("content")] });
  expect(await readFile(path, "utf8")).toBe("content");
});

test("a blob replaces a file, and what is stored belongs to the user to change", async () => {
  const { path } = await target("out");
  await writeFile(path, "old and longer");
  await runTask("store", { config: { path }, inputs: [file("new")] });
  expect(await readFile(path, "utf8")).toBe("new");
  expect((await stat(path)).mode & 0o200).toBe(0o200);
});

test("what is stored is no part of the object", async () => {
  const { path } = await target("out");
  const { inputs } = await runTask("store", { config: { path }, inputs: [file("object")] });
  await writeFile(path, "changed");
  expect(await inputs[0].text()).toBe("object");
});

test("writes a directory, also in the place of an empty one", async () => {
  const { path } = await target("site");
  await mkdir(path);
  await runTask("store", { config: { path }, inputs: [directory({ "a.txt": "a", "sub/b.txt": "b" })] });
  expect(treeOf(path)).toEqual({ "a.txt": "a", "sub/": null, "sub/b.txt": "b" });
});

describe("wrong use", () => {
  test("a relative path", async () => {
    const task = runTask("store", { config: { path: "out" }, inputs: [memory("x")] });
    await expect(task).rejects.toThrow(
      'store: config.path: "out" is a relative path; an absolute one is needed',
    );
  });

  test("a directory where another one is, which stays as it was", async () => {
    const { path } = await target("site");
    await writeFiles(path, { "old.txt": "old" });
    const task = runTask("store", { config: { path }, inputs: [directory({ "new.txt": "new" })] });
    await expect(task).rejects.toThrow(`the directory "${path}" exists and is not empty`);
    expect(treeOf(path)).toEqual({ "old.txt": "old" });
  });

  test("a directory where a file is", async () => {
    const { path } = await target("site");
    await writeFile(path, "file");
    const task = runTask("store", { config: { path }, inputs: [directory({})] });
    await expect(task).rejects.toThrow(`"${path}" is a file; a directory cannot be stored there`);
  });

  test("a blob where a directory is", async () => {
    const { path } = await target("site");
    await mkdir(path);
    const task = runTask("store", { config: { path }, inputs: [memory("x")] });
    await expect(task).rejects.toThrow(`"${path}" is a directory; a blob cannot be stored there`);
  });

  test("a blob at the path of a directory", async () => {
    const { path } = await target("site/");
    const task = runTask("store", { config: { path }, inputs: [memory("x")] });
    await expect(task).rejects.toThrow(`"${path}" is the path of a directory; a blob cannot be stored there`);
  });

  test("a parent that is a file", async () => {
    const { path, around } = await target("file/out");
    await writeFile(join(around, "file"), "file");
    await expect(runTask("store", { config: { path }, inputs: [memory("x")] })).rejects.toThrow(
      "not a directory",
    );
  });

  test("a declared output", async () => {
    const task = runTask("store", { config: { path: "/x" }, inputs: [memory("x")], outputs: [{}] });
    await expect(task).rejects.toThrow("store: outputs: no outputs expected, 1 given");
  });
});
