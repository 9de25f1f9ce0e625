import { readlink, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PACKAGE_ROOT } from "../../../../../src/runtime/platform/files/package-root.ts";
import { hashPlugin, linkRain } from "../../../../../src/runtime/plugin/installed/index.ts";
import { folderWith, writeFiles } from "./support.ts";

const FILES = { "package.json": "{}", "index.js": "1", "python/x.py": "", "node_modules/dep/index.js": "2" };

describe("the hash of a plugin", () => {
  test("depends only on the content of its files and dependencies", async () => {
    const one = await folderWith(FILES);
    const other = await folderWith(FILES);
    await utimes(join(other, "index.js"), 1, 1);
    expect(await hashPlugin(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashPlugin(other)).toBe(await hashPlugin(one));
    await writeFiles(other, { "node_modules/dep/index.js": "3" });
    expect(await hashPlugin(other)).not.toBe(await hashPlugin(one));
  });

  test("ignores files of npm, git and Python, and the link to Rain", async () => {
    const folder = await folderWith(FILES);
    const hash = await hashPlugin(folder);
    await writeFiles(folder, {
      ".git/HEAD": "x",
      "node_modules/.package-lock.json": "{}",
      "node_modules/.bin/x": "",
      "python/__pycache__/x.cpython-311.pyc": "x",
    });
    await linkRain(folder);
    expect(await hashPlugin(folder)).toBe(hash);
  });

  test("rejects a link that leads out of the folder", async () => {
    const folder = await folderWith(FILES);
    await symlink("/etc/hosts", join(folder, "hosts"));
    await expect(hashPlugin(folder)).rejects.toThrow(/"hosts" leads out of its directory/);
  });
});

test("the link to Rain replaces the package that npm installed", async () => {
  const folder = await folderWith({ "node_modules/rain-tasks/package.json": "{}" });
  await linkRain(folder);
  await linkRain(folder);
  expect(await readlink(join(folder, "node_modules/rain-tasks"))).toBe(PACKAGE_ROOT);
});
