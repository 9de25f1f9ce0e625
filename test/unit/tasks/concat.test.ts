import { expect, test } from "vitest";
import { concat } from "../../../src/tasks/concat.ts";
import { directory, file, memory, pathOf, runTask, textOf } from "./run-task.ts";

test("joins blobs in order", async () => {
  const { outputs } = await runTask("concat", { inputs: [memory("Hello "), memory("world"), memory("!")] });
  expect(await textOf(outputs[0])).toBe("Hello world!");
});

test("no inputs give an empty blob", async () => {
  const { outputs } = await runTask("concat");
  expect(outputs).toEqual([new Uint8Array(0)]);
});

test("small blobs in memory are joined at once, without a promise", async () => {
  const { answer } = await runTask("concat", { inputs: [memory("a"), memory("b")] });
  expect(answer).toEqual([new TextEncoder().encode("ab")]);
});

test("blobs in files and in memory are joined in a file", async () => {
  const { outputs, dir } = await runTask("concat", { inputs: [file("one "), memory("two "), file("three")] });
  expect(pathOf(outputs[0]).startsWith(dir)).toBe(true);
  expect(await textOf(outputs[0])).toBe("one two three");
});

test("a large result is a file", async () => {
  const part = new Uint8Array(700_000).fill(65);
  const { outputs } = await runTask("concat", { inputs: [memory(part), memory(part)] });
  expect(pathOf(outputs[0])).toBeDefined();
  expect(await textOf(outputs[0])).toBe("A".repeat(1_400_000));
});

test("a single blob is itself the result", async () => {
  const { outputs, inputs } = await runTask("concat", {
    inputs: [file("alone", { contentType: "text" })],
    outputs: [{ contentType: "text" }],
  });
  expect(outputs[0]).toBe(inputs[0]);
});

test("a single blob of another content type is copied, so that its type is the declared one", async () => {
  const { outputs } = await runTask("concat", { inputs: [memory("alone", { contentType: "text" })] });
  expect(outputs).toEqual([new TextEncoder().encode("alone")]);
});

test("a directory is refused before anything runs", async () => {
  const task = runTask("concat", { inputs: [memory("a"), directory({}, { label: "left" })] });
  await expect(task).rejects.toThrow('concat: inputs[1] ("left"): expected a blob, but this is a directory');
});

test("a directory that comes anyway is an error that names the input", async () => {
  const { inputs, outputs } = await runTask("make_directory", {
    config: { paths: ["d"] },
    inputs: [directory({}, { label: "left" })],
  });
  const ctx = { inputs, outputs } as unknown as Parameters<typeof concat.run>[0];
  expect(() => concat.run(ctx)).toThrow('input 0 ("left") is a directory; concat joins blobs only');
});

test("an abort ends the streaming", async () => {
  const task = runTask("concat", { inputs: [file("a"), file("b")], signal: AbortSignal.abort() });
  await expect(task).rejects.toThrow("abort");
});
