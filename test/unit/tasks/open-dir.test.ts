import { chmod, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pathOf, runTask, scratchDirectory, writeFiles } from "./run-task.ts";
import { makeFifo, treeOf } from "./tree-helpers.ts";

async function source(files: Record<string, string> = { "a.txt": "a" }): Promise<string> {
  const path = join(await scratchDirectory(), "site");
  await writeFiles(path, files);
  return path;
}

test("copies a directory in, with empty directories and links inside", async () => {
  const path = await source({ "index.html": "<p>", "img/a/b.svg": "<svg>", "empty/": "" });
  await symlink("../index.html", join(path, "img/home"));
  await symlink("nothing-yet", join(path, "dangling"));
  const { outputs } = await runTask("open_dir", { config: { path } });
  expect(treeOf(pathOf(outputs[0]))).toEqual({
    "index.html": "<p>",
    "img/": null,
    "img/a/": null,
    "img/a/b.svg": "<svg>",
    "img/home": "-> ../index.html",
    "empty/": null,
    dangling: "-> nothing-yet",
  });
});

test("what changes later does not change the copy, and programs stay executable", async () => {
  const path = await source({ tool: "#!/bin/sh" });
  await chmod(join(path, "tool"), 0o755);
  const { outputs } = await runTask("open_dir", { config: { path } });
  await writeFile(join(path, "tool"), "changed");
  expect(treeOf(pathOf(outputs[0]))).toEqual({ tool: "#!/bin/sh" });
  expect((await stat(join(pathOf(outputs[0]), "tool"))).mode & 0o111).toBe(0o111);
});

test("takes many files", async () => {
  const names = Array.from({ length: 100 }, (_, i) => [`f${i}`, `${i}`] as const);
  const { outputs } = await runTask("open_dir", {
    config: { path: await source(Object.fromEntries(names)) },
  });
  expect(treeOf(pathOf(outputs[0]))).toEqual(Object.fromEntries(names));
});

describe("wrong use", () => {
  test("a relative path", async () => {
    const message = 'open_dir: config.path: "./site" is a relative path; an absolute one is needed';
    await expect(runTask("open_dir", { config: { path: "./site" } })).rejects.toThrow(message);
  });

  test("a missing directory", async () => {
    const path = join(await scratchDirectory(), "nothing");
    await expect(runTask("open_dir", { config: { path } })).rejects.toThrow(
      `"${path}" does not exist on the worker`,
    );
  });

  test("a file", async () => {
    const path = join(await source(), "a.txt");
    await expect(runTask("open_dir", { config: { path } })).rejects.toThrow(
      `"${path}" is not a directory; use open for a file`,
    );
  });

  test.each([
    ["up and out", "sub/link", "../../secret"],
    ["absolute", "link", "/etc/passwd"],
    ["absolute, even to the inside", "link", "/site/a.txt"],
    ["out by another link", "link", "sub/self/../../secret"],
  ])("a symbolic link that leads %s", async (_, link, target) => {
    const path = await source({ "a.txt": "a", "sub/b.txt": "b" });
    await symlink(".", join(path, "sub/self"));
    await symlink(target, join(path, link));
    const message = `the symbolic link "${join(path, link)}" -> "${target}" leaves its directory "${path}"`;
    await expect(runTask("open_dir", { config: { path } })).rejects.toThrow(message);
  });

  test("a FIFO inside", async () => {
    const path = await source();
    makeFifo(join(path, "pipe"));
    await expect(runTask("open_dir", { config: { path } })).rejects.toThrow(`"${path}/pipe" is a FIFO`);
  });

  test("a socket inside", async () => {
    const path = await source();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(path, "socket"), resolve));
    try {
      await expect(runTask("open_dir", { config: { path } })).rejects.toThrow(`"${path}/socket" is a socket`);
    } finally {
      server.close();
    }
  });
});
