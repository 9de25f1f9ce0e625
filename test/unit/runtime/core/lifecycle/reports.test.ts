import { describe, expect, test } from "vitest";
import { objectSize, objectState, taskCounts, taskState } from "../../../../../src/runtime/core/index.ts";
import { Core, only } from "../harness.ts";

/** Worker 1 has task 0, worker 2 has task 1 and task 2 waits for both. */
function running() {
  const core = new Core();
  core.open();
  core.join(1, 1, ["a"]);
  core.join(2, 1, ["b"]);
  core.submit({ tasks: [{ type: "a" }, { type: "b" }, { type: "a", inputs: [0, 1] }], keep: [0, 1, 2] });
  return core;
}

describe("a report that does not match is ignored", () => {
  test.each([
    ["of a task that does not exist", (core: Core) => core.finish(1, [3, 0xffffffff])],
    ["of an unknown worker", (core: Core) => core.finish(9, [0])],
    ["of the server", (core: Core) => core.finish(0, [0])],
    ["of a worker that is no number", (core: Core) => core.finish(Number.NaN, [0])],
    ["of an unknown session", (core: Core) => core.finish(1, [0], { session: 2 })],
    ["of a failure elsewhere", (core: Core) => core.fail(1, 1)],
    ["of a failure of no task", (core: Core) => core.fail(1, -1)],
    ["of a failure of half a task", (core: Core) => core.fail(1, 0.5)],
    ["of a start elsewhere", (core: Core) => core.started(1, [1, 2, 77])],
    ["of a return without a request", (core: Core) => core.returned(1, [0, 1, 2, 77])],
  ])("%s", (_, report) => {
    const core = running();
    const before = taskCounts(core.state, 1);
    expect(report(core)).toEqual([]);
    expect(taskCounts(core.state, 1)).toEqual(before);
  });

  test.each([
    ["of a task that another worker has", 1],
    ["of a task that waits", 2],
  ])("%s, but for the drop of what was made", (_, task) => {
    const core = running();
    const before = taskCounts(core.state, 1);
    const object = core.state.sessions.get(1)!.graph.firstOutput[task]!;
    expect(core.finish(1, [task])).toEqual([{ kind: "drop", worker: 1, session: 1, objects: [object] }]);
    expect(taskCounts(core.state, 1)).toEqual(before);
  });

  test("a second finish of the same task, in the same report or later", () => {
    const core = running();
    expect(only(core.finish(1, [0, 0], { sizes: [5, 6] }), "tasksFinished")).toMatchObject([{ tasks: [0] }]);
    expect(objectSize(core.state, 1, 0)).toBe(5);
    expect(core.finish(1, [0], { sizes: [7] })).toEqual([]);
    expect(objectSize(core.state, 1, 0)).toBe(5);
    expect(taskState(core.state, 1, 2)).toBe("waiting");
  });

  test("a second start", () => {
    const core = running();
    core.started(1, [0]);
    expect(core.started(1, [0, 0])).toEqual([]);
    expect(taskState(core.state, 1, 0)).toBe("running");
  });

  test("a return of a task that has been reported as started", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}, {}] });
    core.join(2);
    core.started(1, [1]);
    expect(core.returned(1, [1])).toEqual([]);
    expect(taskState(core.state, 1, 1)).toBe("running");
  });
});

describe("the sizes in a report", () => {
  test("belong to the outputs of all its tasks in order, the ignored ones included", () => {
    const core = running();
    core.submit({ firstTask: 3, firstObject: 3, tasks: [{ type: "b", outputs: 2 }], keep: [3, 4] });
    core.finish(2, [0, 1, 3], { sizes: [10, 20, 30, 40] });
    expect([0, 1, 3, 4].map((object) => objectSize(core.state, 1, object))).toEqual([undefined, 20, 30, 40]);
  });

  test.each([[[Number.NaN]], [[-5]], [[Number.POSITIVE_INFINITY]], [[]]])("%j count as none", (sizes) => {
    const core = running();
    core.finish(1, [0], { sizes });
    expect(objectState(core.state, 1, 0)).toBe("present");
    expect(objectSize(core.state, 1, 0)).toBe(0);
  });
});

test("a retracting task may still finish on its worker", () => {
  const core = new Core();
  core.open();
  core.join(1);
  core.submit({ tasks: [{}, {}] });
  expect(only(core.join(2), "retract")).toMatchObject([{ tasks: [1] }]);
  expect(only(core.finish(1, [1]), "tasksFinished")).toMatchObject([{ worker: 1, tasks: [1] }]);
  expect(core.returned(1, [1])).toEqual([]);
});
