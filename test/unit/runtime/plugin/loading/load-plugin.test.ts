import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { definePlugin, defineTask } from "../../../../../src/runtime/plugin/contract/index.ts";
import { checkPlugin, loadPlugin } from "../../../../../src/runtime/plugin/loading/load-plugin.ts";

const AT = "/plugins/geo/index.js";

async function moduleOf(source: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-load-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, "index.mjs");
  await writeFile(path, source);
  return path;
}

test.each(["export default", "export const plugin ="])(
  "a plugin is what its module exports by `%s`",
  async (by) => {
    const plugin = await loadPlugin(await moduleOf(`${by} { name: "geo", contract: 1, tasks: [] }`));
    expect(plugin).toEqual({ name: "geo", contract: 1, tasks: [] });
  },
);

test("a module that throws causes an error with its path and message", async () => {
  const path = await moduleOf('throw new Error("no licence")');
  await expect(loadPlugin(path)).rejects.toMatchObject({
    code: "START_FAILED",
    message: `the plugin ${path} cannot be loaded: no licence`,
  });
});

test("definePlugin makes a plugin", () => {
  const task = defineTask({ name: "a", summary: "", inputs: {}, outputs: {}, run: () => [] });
  expect(checkPlugin(definePlugin({ name: "geo", tasks: [task] }), AT).tasks).toEqual([task]);
});

test.each([
  ["nothing", undefined, "does not export a plugin"],
  ["no version", { name: "geo" }, "names no version of the plugin contract; this Rain has version 1"],
  [
    "another version",
    { name: "geo", contract: 2 },
    "is of version 2 of the plugin contract; this Rain has version 1",
  ],
  [
    "a bad name",
    { name: "a/b", contract: 1 },
    'has the name "a/b"; a name may contain lower-case letters, digits, - and _',
  ],
  [
    "a task without code",
    { name: "geo", contract: 1, tasks: [{ name: "a" }] },
    "has tasks that are not made by defineTask",
  ],
  [
    "a content type without dump",
    { name: "geo", contract: 1, contentTypes: [{ name: "user/a", load() {} }] },
    "has contentTypes that are not made by defineContentType",
  ],
])("%s is refused", (_, value, reason) => {
  expect(() => checkPlugin(value, AT)).toThrow(`the plugin ${AT} ${reason}`);
});
