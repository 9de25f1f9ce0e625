import { describe, expect, test } from "vitest";
import { directory, memory, runTask } from "./run-task.ts";

test("forwards its very input after the delay", async () => {
  const start = performance.now();
  const { outputs, inputs } = await runTask("sleep", {
    config: 0.05,
    inputs: [memory("x", { contentType: "text" })],
  });
  expect(performance.now() - start).toBeGreaterThanOrEqual(49);
  expect(outputs[0]).toBe(inputs[0]);
});

test("forwards a directory as well", async () => {
  const { outputs, inputs } = await runTask("sleep", {
    config: 0,
    inputs: [directory({})],
    outputs: [{ dataType: "dir" }],
  });
  expect(outputs[0]).toBe(inputs[0]);
});

test("an abort ends it at once", async () => {
  const task = runTask("sleep", { config: 1000, inputs: [memory("x")], signal: AbortSignal.timeout(20) });
  await expect(task).rejects.toThrow("abort");
});

describe("wrong use", () => {
  test.each([
    [undefined, "sleep: config: the seconds to sleep are expected, as a number"],
    ["1", "sleep: config: the seconds to sleep are expected, as a number"],
    [Number.NaN, "sleep: config: the seconds to sleep are expected, as a number"],
    [-1, "sleep: config: the seconds to sleep cannot be negative"],
    [1e9, "sleep: config: a sleep takes at most 2147483 seconds"],
  ])("the config %j", async (config, message) => {
    await expect(runTask("sleep", { config, inputs: [memory("x")] })).rejects.toThrow(message);
  });

  test("no input", async () => {
    await expect(runTask("sleep", { config: 1 })).rejects.toThrow("sleep: inputs: 1 input expected, 0 given");
  });
});
