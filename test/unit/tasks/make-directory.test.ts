import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directory, file, memory, pathOf, runTask } from "./run-task.ts";
import { treeOf } from "./tree-helpers.ts";

test("places each input at its path, creating parents", async () => {
  const { outputs } = await runTask("make_directory", {
    config: { paths: ["a.txt", "deep/er/b.txt", "./sub//dir/"] },
    inputs: [memory("a"), file("b"), directory({ "c.txt": "c", "d/": "" })],
  });
  expect(treeOf(pathOf(outputs[0]))).toEqual({
    "a.txt": "a",
    "deep/": null,
    "deep/er/": null,
    "deep/er/b.txt": "b",
    "sub/": null,
    "sub/dir/": null,
    "sub/dir/c.txt": "c",
    "sub/dir/d/": null,
  });
});

test("no inputs make an empty directory", async () => {
  const { outputs } = await runTask("make_directory", { config: { paths: [] } });
  expect(treeOf(pathOf(outputs[0]))).toEqual({});
});

test.each(["", ".", "./"])("the path %j is the base that the others go into", async (base) => {
  const { outputs } = await runTask("make_directory", {
    config: { paths: ["sub/new.txt", base] },
    inputs: [memory("new"), directory({ "old.txt": "old", "sub/old.txt": "old" })],
  });
  expect(treeOf(pathOf(outputs[0]))).toEqual({
    "old.txt": "old",
    "sub/": null,
    "sub/old.txt": "old",
    "sub/new.txt": "new",
  });
});

test("a path may lie in the directory of another input, in any order", async () => {
  const { outputs } = await runTask("make_directory", {
    config: { paths: ["a/b/x", "a"] },
    inputs: [memory("x"), directory({ y: "y" })],
  });
  expect(treeOf(pathOf(outputs[0]))).toEqual({ "a/": null, "a/y": "y", "a/b/": null, "a/b/x": "x" });
});

test("files are not copied", async () => {
  const { outputs, inputs } = await runTask("make_directory", {
    config: { paths: ["f"] },
    inputs: [file("content")],
  });
  const [object, placed] = [await stat(await inputs[0].path()), await stat(join(pathOf(outputs[0]), "f"))];
  expect(placed.ino).toBe(object.ino);
});

describe("wrong use", () => {
  const two = [memory("1"), memory("2")];
  test.each([
    ["too few paths", ["a"], "make_directory: config: paths needs one entry per input; it has 1 for 2"],
    ["a path twice", ["a/b", "./a//b"], 'make_directory: config: the path "a/b" is used twice'],
    ["the base twice", ["", "."], 'make_directory: config: the path "." is used twice'],
    [
      "an absolute path",
      ["a", "/b"],
      'make_directory: config.paths[1]: "/b" is an absolute path; a relative one is needed',
    ],
    ["a path that climbs", ["a/../../b", "c"], 'make_directory: config.paths[0]: "a/../../b" contains ".."'],
    ["a blob as the base", ["", "a"], 'the input at "." is a blob; the base must be a directory'],
    ["a blob inside a blob", ["a", "a/b"], '"a/b" clashes with another input'],
  ])("%s", async (_, paths, message) => {
    await expect(runTask("make_directory", { config: { paths }, inputs: two })).rejects.toThrow(message);
  });

  test.each([
    ["a blob where the base has a file", "old.txt", memory("new")],
    ["a blob where the base has a directory", "sub", memory("new")],
    ["a blob below a file of the base", "old.txt/new", memory("new")],
    ["a directory where the base has one", "sub", directory({})],
  ])("%s", async (_, path, input) => {
    const base = directory({ "old.txt": "old", "sub/old.txt": "old" });
    const task = runTask("make_directory", { config: { paths: [".", path] }, inputs: [base, input] });
    await expect(task).rejects.toThrow(
      `"${path}" clashes with another input, which has a file or directory there`,
    );
  });
});
