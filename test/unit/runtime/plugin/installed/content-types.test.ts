import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import {
  type InstalledPlugin,
  installedContentTypes,
} from "../../../../../src/runtime/plugin/installed/index.ts";
import { writeIndex } from "../../../../../src/runtime/plugin/installed/plugin-index.ts";

const fixtures = fileURLToPath(new URL("../../../../fixtures/plugins", import.meta.url));

/** A home with a linked plugin that has these content types. */
async function homeWith(entry: string, contentTypes: string[]): Promise<string> {
  const home = await emptyHome();
  const plugin: InstalledPlugin = {
    ...{ name: "tables", package: "rain-plugin-tables", version: "1.0.0", hash: "0".repeat(64) },
    ...{ folder: "", entry, source: { kind: "link", spec: fixtures } },
    description: { name: "tables", types: [], contentTypes, commands: [] },
  };
  await mkdir(join(home, "plugins"));
  await writeIndex(home, [plugin]);
  return home;
}

async function emptyHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "rain-home-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

test("those of installed plugins are found and load values", async () => {
  const lookup = installedContentTypes(await homeWith("tables.mjs", ["user/pairs"]));
  expect((await lookup("user/pairs/small"))?.load(Uint8Array.of(1, 2), "")).toEqual([[1, 2]]);
  expect((await lookup("json"))?.name).toBe("json");
  expect((await lookup("text-latin1"))?.name).toBe("text");
  expect(await lookup("user/other")).toBeUndefined();
  expect(await lookup("")).toBeUndefined();
});

test("a plugin's code is loaded only for its content types", async () => {
  const lookup = installedContentTypes(await homeWith("missing.mjs", ["user/pairs"]));
  expect((await lookup("text-latin1"))?.name).toBe("text");
  await expect(lookup("user/pairs")).rejects.toMatchObject({
    code: "START_FAILED",
    message: expect.stringContaining("missing.mjs"),
  });
});

test("built-in and given types need no index of plugins", async () => {
  const home = await emptyHome();
  await mkdir(join(home, "plugins"));
  await writeFile(join(home, "plugins", "index.json"), "{");
  const own = { name: "user/own", load: () => 1, dump: () => new Uint8Array(0) };
  const lookup = installedContentTypes(home, [own]);
  expect((await lookup("csv"))?.name).toBe("csv");
  expect(await lookup("user/own")).toBe(own);
  await expect(lookup("user/pairs")).rejects.toMatchObject({ code: "IO" });
});

test("without plugins there are the built-in ones", async () => {
  const lookup = installedContentTypes(await emptyHome());
  expect((await lookup("cbor"))?.name).toBe("cbor");
  expect(await lookup("user/pairs")).toBeUndefined();
});
