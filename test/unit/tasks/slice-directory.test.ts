import { stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directory, type InputMaker, memory, pathOf, runTask, textOf } from "./run-task.ts";
import { treeOf } from "./tree-helpers.ts";

const site = directory({ "index.html": "<p>", "img/a.svg": "a", "img/sub/b.svg": "b", "empty/": "" });

function slice(path: string, dataType: "blob" | "dir" = "blob", input: InputMaker = site) {
  return runTask("slice_directory", { config: { path }, inputs: [input], outputs: [{ dataType }] });
}

test("takes a file out", async () => {
  const { outputs } = await slice("img/sub/b.svg");
  expect(await textOf(outputs[0])).toBe("b");
});

test("a path that ends in / takes a subdirectory out", async () => {
  const { outputs } = await slice("img/", "dir");
  expect(treeOf(pathOf(outputs[0]))).toEqual({ "a.svg": "a", "sub/": null, "sub/b.svg": "b" });
});

test("./ is all of it", async () => {
  const { outputs } = await slice("./", "dir");
  expect(Object.keys(treeOf(pathOf(outputs[0])))).toContain("img/sub/b.svg");
});

test("files are not copied", async () => {
  const { outputs, inputs } = await slice("index.html");
  const object = await stat(join(await inputs[0].path(), "index.html"));
  expect((await stat(pathOf(outputs[0]))).ino).toBe(object.ino);
});

test("a symbolic link is followed inside the directory", async () => {
  const { outputs } = await slice("latest", "blob", withLink("latest", "img/a.svg"));
  expect(await textOf(outputs[0])).toBe("a");
});

describe("wrong use", () => {
  test.each([
    ["img/c.svg", "blob", '"img/c.svg" does not exist in the input: "img/" contains a.svg, sub/'],
    [
      "imgs/a.svg",
      "blob",
      '"imgs/a.svg" does not exist in the input: the directory contains empty/, img/, index.html',
    ],
    ["empty/x/", "dir", '"empty/x/" does not exist in the input: "empty/" is empty'],
    [
      "index.html/x",
      "blob",
      '"index.html/x" does not exist in the input: the directory contains empty/, img/, index.html',
    ],
    ["img", "blob", '"img" is a directory; write "img/" to take a directory out'],
    [".", "blob", '"." is a directory; write "./" to take a directory out'],
    ["index.html/", "dir", '"index.html/" is a file; write "index.html" to take a file out'],
    ["img/", "blob", 'the path "img/" takes a directory out, but the output is declared as a blob'],
    [
      "index.html",
      "dir",
      'the path "index.html" takes a file out, but the output is declared as a directory',
    ],
    [
      "../x",
      "blob",
      'slice_directory: config.path: "../x" contains ".."; a path must stay inside its directory',
    ],
    [
      "/etc/passwd",
      "blob",
      'slice_directory: config.path: "/etc/passwd" is an absolute path; a relative one is needed',
    ],
    ["", "blob", "slice_directory: config.path: the path is empty"],
  ] as const)("the path %j for a %s", async (path, dataType, message) => {
    await expect(slice(path, dataType)).rejects.toThrow(message);
  });

  test("a blob as input", async () => {
    const message = "slice_directory: inputs[0]: expected a directory, but this is a blob";
    await expect(slice("a", "blob", memory("x"))).rejects.toThrow(message);
  });

  test("a symbolic link that leads out", async () => {
    await expect(slice("out", "blob", withLink("out", "/etc/passwd"))).rejects.toThrow(
      '"out" does not exist in the input',
    );
  });

  test("a subdirectory with a symbolic link to the rest", async () => {
    const task = slice("img/", "dir", withLink("img/home", "../index.html"));
    await expect(task).rejects.toThrow(
      'the symbolic link "img/home" -> "../index.html" leaves its directory "img/"',
    );
  });
});

function withLink(path: string, target: string): InputMaker {
  return async (scratch) => {
    const input = await site(scratch);
    await symlink(target, join(await input.path(), path));
    return input;
  };
}
