// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { runTask } from "rain-tasks/testing";
import { count } from "./index.js";

test("counts words without regard to case", async () => {
  const { output } = await runTask(count, { inputs: ["The rain, the rain"] });
  assert.deepEqual(await output.counts.load(), { the: 2, rain: 2 });
});

test("omits rare words", async () => {
  const { output } = await runTask(count, { inputs: ["one two two"], config: { atLeast: 2 } });
  assert.deepEqual(await output.counts.load(), { two: 2 });
});

test("reports an invalid config", async () => {
  await assert.rejects(
    runTask(count, { inputs: ["one"], config: { atLeast: 0 } }),
    /config\.atLeast: a whole number/,
  );
});
