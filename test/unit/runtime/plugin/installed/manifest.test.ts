import { expect, test } from "vitest";
import { readManifest } from "../../../../../src/runtime/plugin/installed/manifest.ts";
import { folderWith } from "./support.ts";

const manifest = (rain: unknown) => JSON.stringify({ name: "rain-x", version: "1.2.3", rain });

test.each([
  ["a module", "./index.js", undefined],
  ["a module and commands", { module: "index.js", commands: "./lib/commands.js" }, "lib/commands.js"],
])("package.json names %s", async (_, rain, commandsEntry) => {
  const folder = await folderWith({ "package.json": manifest(rain), "index.js": "", "lib/commands.js": "" });
  expect(await readManifest(folder, "x")).toEqual({
    name: "rain-x",
    version: "1.2.3",
    entry: "index.js",
    commandsEntry,
  });
});

test.each([
  ["nothing", undefined, "it has no package.json"],
  ["no JSON", "{", "its package.json cannot be read"],
  ["no rain field", "{}", 'its package.json has no "rain" field'],
  ["a field of another kind", manifest(3), '"rain" of its package.json is invalid'],
  ["a module elsewhere", manifest("../x.js"), '"rain" of its package.json is invalid'],
  ["a module that is not there", manifest("./dist.js"), "names the module dist.js, which does not exist"],
  ["no name", `{ "rain": "./index.js" }`, '"name" of its package.json'],
])("a package with %s is no plugin", async (_, text, reason) => {
  const folder = await folderWith({ "index.js": "", ...(text !== undefined && { "package.json": text }) });
  await expect(readManifest(folder, "the thing")).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(/^the thing is not a Rain plugin: /),
  });
  await expect(readManifest(folder, "the thing")).rejects.toThrow(reason);
});
