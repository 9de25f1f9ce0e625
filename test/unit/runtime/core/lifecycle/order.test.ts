import { describe, expect, test } from "vitest";
import { awaitedTasks, checkSubmit, taskState } from "../../../../../src/runtime/core/index.ts";
import type { ChunkSketch } from "../chunk.ts";
import { Core, chunk } from "../harness.ts";

/** Pairs of a task and its predecessor. */
function ordered(sketch: ChunkSketch, ...pairs: [task: number, predecessor: number][]) {
  return { ...chunk(sketch), order: Uint32Array.from(pairs.flat()) };
}

/** Task 1 comes after task 0, which has no outputs. */
const PAIR = ordered({ tasks: [{ outputs: 0 }, {}], keep: [0] }, [1, 0]);

const stateOf = (core: Core, task: number) => taskState(core.state, 1, task);

describe("a task that comes after another one without its outputs", () => {
  test("waits until it has finished", () => {
    const core = new Core();
    core.open();
    core.join(1, 4);
    core.submit(PAIR);
    expect([0, 1].map((task) => stateOf(core, task))).toEqual(["assigned", "waiting"]);
    expect(awaitedTasks(core.state, 1, 1)).toEqual([0]);
    core.finish(1, [0]);
    expect(stateOf(core, 1)).toBe("assigned");
    expect(awaitedTasks(core.state, 1, 1)).toEqual([]);
  });

  test("waits for all of them, and for its inputs", () => {
    const core = new Core();
    core.open();
    core.join(1, 4);
    core.submit(ordered({ tasks: [{}, {}, {}, { inputs: [0] }], keep: [1, 2, 3] }, [3, 1], [3, 2], [3, 2]));
    core.finish(1, [0]);
    core.finish(1, [2]);
    expect(stateOf(core, 3)).toBe("waiting");
    core.finish(1, [1]);
    expect(stateOf(core, 3)).toBe("assigned");
  });

  test("is not given to a worker early, as the worker would not wait", () => {
    const core = new Core();
    core.open();
    core.join(1, 1);
    core.submit({ tasks: [{}] });
    core.finish(1, [0]);
    core.submit({
      ...ordered({ firstTask: 1, firstObject: 1, tasks: [{}, {}, { inputs: [1] }], keep: [3] }, [3, 2]),
    });
    expect(stateOf(core, 3)).toBe("waiting");
  });

  test("runs if it had finished, even if its outputs were lost and it runs again", () => {
    const core = new Core();
    core.open();
    core.join(1, 1);
    core.submit(ordered({ tasks: [{}, {}], keep: [0, 1] }, [1, 0]));
    core.finish(1, [0]);
    core.lose(1);
    core.join(2, 2);
    expect([0, 1].map((task) => stateOf(core, task))).toEqual(["assigned", "assigned"]);
  });

  test("is skipped with those that need it if it fails", () => {
    const core = new Core();
    core.open(1, "continue");
    core.join(1, 4);
    core.submit(ordered({ tasks: [{}, {}, { inputs: [1] }, {}, {}], keep: [2, 3, 4] }, [1, 0], [3, 2]));
    core.fail(1, 0);
    expect([1, 2, 3, 4].map((task) => stateOf(core, task))).toEqual([
      "skipped",
      "skipped",
      "skipped",
      "assigned",
    ]);
  });

  test("is skipped if it has failed before the submit", () => {
    const core = new Core();
    core.open(1, "continue");
    core.join(1, 1);
    core.submit({ tasks: [{}] });
    core.fail(1, 0);
    core.submit(ordered({ firstTask: 1, firstObject: 1, tasks: [{}], keep: [1] }, [1, 0]));
    expect(stateOf(core, 1)).toBe("skipped");
  });

  test("starts at once if it has finished before the submit", () => {
    const core = new Core();
    core.open();
    core.join(1, 1);
    core.submit({ tasks: [{ outputs: 0 }] });
    core.finish(1, [0]);
    core.submit(ordered({ firstTask: 1, firstObject: 0, tasks: [{}], keep: [0] }, [1, 0]));
    expect(stateOf(core, 1)).toBe("assigned");
  });

  test.each([
    ["has finished", [0], "ready"],
    ["has not finished", [], "waiting"],
  ])("is %s after a restart of the server where the other one %j", (_, finished, expected) => {
    const core = new Core();
    core.do({
      kind: "sessionRestored",
      session: 1,
      chunks: [PAIR],
      sealed: false,
      unkept: new Uint32Array(),
      finished: Uint32Array.from(finished),
      failed: new Uint32Array(),
      sizes: new Float64Array(10),
      failures: [],
      inventories: new Map(),
    });
    expect(stateOf(core, 1)).toBe(expected);
  });
});

test("an order that is a cycle, or of tasks that are not there, is refused", () => {
  const core = new Core();
  core.open();
  const check = (...pairs: [number, number][]) =>
    checkSubmit(core.state, 1, [ordered({ tasks: [{}, {}] }, ...pairs)]);
  expect(check([0, 0])).toMatch("does not precede it");
  expect(check([0, 1])).toMatch("does not precede it");
  expect(check([2, 1])).toMatch("not in its chunk");
  expect(check([1, 0])).toBeUndefined();
});
