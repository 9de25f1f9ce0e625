import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  indexStamp,
  packageAt,
  pluginsFolder,
  readIndex,
  refOf,
  treeOf,
  whileLocked,
  writeIndex,
} from "../../../../../src/runtime/plugin/installed/plugin-index.ts";
import { folderWith, placePlugin } from "./support.ts";

describe("the index of installed plugins", () => {
  test("is empty if nothing is installed", async () => {
    const home = await folderWith();
    expect(await readIndex(home)).toEqual([]);
    expect(await indexStamp(home)).toBe("");
  });

  test("lists them by name", async () => {
    const home = await folderWith();
    const plugins = [await placePlugin(home, "words"), await placePlugin(home, "arrow")];
    await writeIndex(home, plugins);
    expect(await readIndex(home)).toEqual([plugins[1], plugins[0]]);
    expect(await indexStamp(home)).not.toBe("");
    expect((await readdir(pluginsFolder(home))).sort()).toEqual(["arrow", "index.json", "words"]);
  });

  test.each([
    ["no JSON", "{"],
    ["another version", `{ "version": 2, "plugins": [] }`],
    ["a path that leads elsewhere", `{ "version": 1, "plugins": [{ "name": "x", "folder": "../.." }] }`],
  ])("that holds %s is refused with its path", async (_, text) => {
    const home = await folderWith({ "plugins/index.json": text });
    await expect(readIndex(home)).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining(join(home, "plugins", "index.json")),
    });
  });

  test("contains the path of a plugin's module", async () => {
    const home = await folderWith();
    const words = await placePlugin(home, "words");
    const tree = treeOf(home, words);
    expect(packageAt(tree, refOf(words)).module).toBe(join(tree, "node_modules/rain-words/index.js"));
    expect(treeOf(home, { ...words, source: { kind: "link", spec: "/src/words" } })).toBe("/src/words");
  });
});

describe("the lock of the plugins", () => {
  test("lets one process change them at a time", async () => {
    const home = await folderWith();
    await whileLocked(home, async () => {
      await expect(whileLocked(home, async () => {})).rejects.toMatchObject({ code: "ALREADY_RUNNING" });
    });
    expect(await whileLocked(home, async () => "free")).toBe("free");
    expect(await readdir(pluginsFolder(home))).toEqual([]);
  });

  test("is free after an error", async () => {
    const home = await folderWith();
    await expect(whileLocked(home, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await whileLocked(home, async () => "free")).toBe("free");
  });

  test("of a dead process is ignored", async () => {
    const home = await folderWith({ "plugins/lock": "" });
    const path = join(home, "plugins", "lock");
    // No process has this id: ids are smaller on every system.
    await writeFile(path, String(2 ** 30));
    await whileLocked(home, async () => expect(await readFile(path, "utf8")).toBe(String(process.pid)));
    expect(existsSync(path)).toBe(false);
  });
});
