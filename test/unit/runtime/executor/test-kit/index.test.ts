import { mkdir, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { expect, test } from "vitest";
import { defineContentType, defineTask } from "../../../../../src/plugin.ts";
import { runTask } from "../../../../../src/testing.ts";

const shout = defineTask({
  name: "shout",
  summary: "Makes a text loud",
  inputs: { fixed: [{ label: "words", contentType: "text" }] },
  outputs: { fixed: [{ label: "loud", contentType: "text" }] },
  config: v.object({ marks: v.optional(v.number(), 1) }),
  async run({ config, input, info }) {
    info.user = { marks: config.marks };
    return { loud: { value: (await input.words.load()).toUpperCase() + "!".repeat(config.marks) } };
  },
});

test("runs a task type with a config and inputs, and gives its outputs", async () => {
  const { outputs, output, user } = await runTask(shout, { config: { marks: 2 }, inputs: ["hey"] });
  expect(outputs).toHaveLength(1);
  expect(output.loud.text()).toBe("HEY!!");
  expect(await output.loud.load()).toBe("HEY!!");
  expect(output.loud.contentType).toBe("text");
  expect(user).toEqual({ marks: 2 });
});

test.each([
  [{ config: { marks: "many" }, inputs: ["hey"] }, "shout: config.marks: "],
  [{ config: {}, inputs: [] }, "shout: inputs: 1 input expected, 0 given"],
  [
    { config: {}, inputs: [{ bytes: "{}", contentType: "json" }] },
    'expected the content type "text", but this is "json"',
  ],
])("refuses what Rain would refuse: %j", async (task, message) => {
  await expect(runTask(shout, task)).rejects.toThrow(message);
});

const files = defineTask({
  name: "files",
  summary: "",
  inputs: { rest: { dataType: "any" } },
  outputs: { fixed: [{ dataType: "dir" }], rest: {} },
  async run(ctx) {
    const root = await ctx.dir();
    await mkdir(join(root, "out"));
    for (const [i, input] of ctx.inputs.entries())
      await writeFile(join(root, "out", `${i}`), await input.bytes());
    ctx.debug("one");
    ctx.debug("two");
    return [{ path: "out" }, ...ctx.inputs];
  },
});

test("reads the files of outputs, and leaves none behind", async () => {
  const { outputs, debug } = await runTask(files, {
    inputs: [{ bytes: "a", label: "first" }, new Uint8Array([98])],
    outputs: [{ dataType: "dir" }, {}, {}],
  });
  expect(
    Object.entries(outputs[0].files).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  ).toEqual([
    ["0", "a"],
    ["1", "b"],
  ]);
  expect([outputs[1].text(), outputs[2].text()]).toEqual(["a", "b"]);
  expect(debug).toBe("one\ntwo");
  expect((await readdir(tmpdir())).filter((name) => name.startsWith("rain-testing-"))).toEqual([]);
});

test("takes the content types of other plugins along", async () => {
  const doubled = defineContentType<number>({
    name: "user/number",
    load: (bytes) => bytes[0],
    dump: (value) => Uint8Array.of(value),
  });
  const twice = defineTask({
    name: "twice",
    summary: "",
    inputs: { fixed: [{ contentType: "user/number" }] },
    outputs: { fixed: [{ contentType: "user/number" }] },
    run: async ({ inputs }) => [{ value: 2 * Number(await inputs[0].load()) }],
  });
  const { outputs } = await runTask(twice, {
    inputs: [{ value: 21, contentType: "user/number" }],
    contentTypes: [doubled],
  });
  expect(await outputs[0].load()).toBe(42);
});

test.each([
  ["too few outputs", () => [], "it gave 0 outputs, but 1 are declared"],
  ["a missing label", () => ({}), 'it gave no output "o"'],
  [
    "a label too many",
    () => ({ o: new Uint8Array(), p: new Uint8Array() }),
    'it gave an output "p" that is not declared',
  ],
  [
    "another content type",
    () => [{ bytes: new Uint8Array(), contentType: "json" }],
    'output 0 (o) has the content type "json", but its task type declares "text"',
  ],
  [
    "a value that cannot be dumped",
    () => [{ value: 5 }],
    "output 0 (o) cannot be written as text: text is expected, but this is a number",
  ],
  [
    "a path before ctx.dir()",
    () => [{ path: "x" }],
    "output 0 (o) is a path, but the task has not asked for ctx.dir()",
  ],
])("%s is an error", async (_, run, message) => {
  const type = {
    name: "bad",
    summary: "",
    inputs: {},
    outputs: { fixed: [{ label: "o", contentType: "text" }] },
    run,
  };
  await expect(runTask(type)).rejects.toThrow(message);
});

test("the signal of the test reaches the task", async () => {
  const stop = new AbortController();
  const waits = defineTask({
    name: "waits",
    summary: "",
    inputs: {},
    outputs: {},
    run: ({ signal }) => {
      stop.abort();
      return Promise.reject(new Error(signal.aborted ? "told" : "not told"));
    },
  });
  const run = runTask(waits, { signal: stop.signal });
  await expect(run).rejects.toThrow("told");
});
