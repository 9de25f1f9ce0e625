import { describe, expect, test } from "vitest";
import {
  checkSubmit,
  objectState,
  sessionState,
  skipCause,
  taskCounts,
  taskState,
} from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, type ChunkSketch, Core, chunk, only } from "../harness.ts";

/** A session that continues on failure, on workers of one cpu. */
function going(workers: number, sketch: ChunkSketch): Core {
  const core = new Core();
  core.open(1, "continue");
  for (let slot = 1; slot <= workers; slot++) core.join(slot);
  core.submit(sketch);
  return core;
}

const statesOf = (core: Core, count: number) =>
  Array.from({ length: count }, (_, task) => taskState(core.state, 1, task));

/** The dependencies are 0 → 1 → 2 and 3 → 4; task 5 needs both chains. */
const TWO_CHAINS: ChunkSketch = {
  tasks: [{}, { inputs: [0] }, { inputs: [1] }, {}, { inputs: [3] }, { inputs: [1, 4] }],
};

describe("in a session that continues on failure, a failed task", () => {
  test("skips the tasks that need it, directly or not, and no others", () => {
    const core = going(1, TWO_CHAINS);
    const effects = core.fail(1, 0);
    expect(only(effects, "taskFailed")).toMatchObject([{ worker: 1, reason: { kind: "run", task: 0 } }]);
    expect(only(effects, "tasksSkipped")).toEqual([
      { kind: "tasksSkipped", session: 1, cause: 0, tasks: [1, 2, 5] },
    ]);
    expect(only(effects, "sessionChanged")).toEqual([]);
    expect(assignedTasks(core.finish(1, [3]))).toEqual({ 1: [4] });
    expect(statesOf(core, 6)).toEqual(["failed", "skipped", "skipped", "finished", "assigned", "skipped"]);
    expect([1, 2, 3, 5].map((task) => skipCause(core.state, 1, task))).toEqual([0, 0, undefined, 0]);
    expect(taskCounts(core.state, 1)).toEqual({
      total: 6,
      waiting: 0,
      ready: 1,
      running: 0,
      finished: 1,
      failed: 1,
      cancelled: 0,
      skipped: 3,
    });
  });

  test("fails the session at its end, once that is sealed, and not before", () => {
    const core = going(1, { tasks: [{}, {}] });
    core.fail(1, 0);
    core.finish(1, [1]);
    expect(sessionState(core.state, 1)).toBe("open");
    expect(only(core.seal(), "sessionChanged")).toMatchObject([{ state: "failed" }]);
  });

  test("leaves kept objects where they are, and the others failed", () => {
    const core = going(1, { tasks: [{}, {}, { inputs: [1] }], keep: [0, 1, 2] });
    core.seal();
    core.finish(1, [0]);
    const effects = core.fail(1, 1);
    expect(only(effects, "endSession")).toEqual([]);
    expect([0, 1, 2].map((object) => objectState(core.state, 1, object))).toEqual([
      "present",
      "failed",
      "failed",
    ]);
    expect(sessionState(core.state, 1)).toBe("failed");
  });

  test("frees inputs that only it and skipped tasks needed", () => {
    const core = going(1, { constants: [1], tasks: [{ inputs: [0] }, { inputs: [0, 1] }] });
    expect(only(core.fail(1, 0), "drop")).toMatchObject([{ worker: 1, objects: [0] }]);
  });

  test("may fail after its retries", () => {
    const core = going(1, { tasks: [{ retries: 1 }, { inputs: [0] }] });
    expect(only(core.fail(1, 0), "tasksSkipped")).toEqual([]);
    expect(only(core.fail(1, 0), "tasksSkipped")).toMatchObject([{ cause: 0, tasks: [1] }]);
  });

  test("has early tasks that need it retracted, and then skipped", () => {
    const core = going(1, { tasks: [{}, {}, { inputs: [1] }, { inputs: [2] }] });
    core.finish(1, [0], { seconds: 0.001 });
    expect(statesOf(core, 4)).toEqual(["finished", "assigned", "assigned", "assigned"]);
    const effects = core.fail(1, 1);
    expect(only(effects, "retract")).toMatchObject([{ worker: 1, tasks: [2, 3] }]);
    expect(only(effects, "tasksSkipped")).toEqual([]);
    expect(only(core.returned(1, [2, 3]), "tasksSkipped")).toMatchObject([{ cause: 1 }, { cause: 1 }]);
    expect(statesOf(core, 4)).toEqual(["finished", "failed", "skipped", "skipped"]);
  });

  test("is the only one to fail when it crashes workers", () => {
    const core = going(0, { tasks: [{}, { inputs: [0] }, { type: "other" }] });
    for (let slot = 1; slot <= 5; slot++) {
      core.join(slot);
      core.started(slot, [0]);
      core.lose(slot);
    }
    expect(statesOf(core, 3)).toEqual(["failed", "skipped", "ready"]);
    expect(sessionState(core.state, 1)).toBe("running");
  });
});

describe("the outputs of a failed task", () => {
  test("let tasks of a later submit be skipped", () => {
    const core = going(1, { tasks: [{}], keep: [0] });
    core.fail(1, 0);
    const more = { firstTask: 1, firstObject: 1, tasks: [{ inputs: [0] }, {}, { inputs: [1] }] };
    expect(checkSubmit(core.state, 1, [chunk(more)])).toBeUndefined();
    expect(only(core.submit(more), "tasksSkipped")).toMatchObject([{ cause: 0, tasks: [1, 3] }]);
    expect(statesOf(core, 4)).toEqual(["failed", "skipped", "assigned", "skipped"]);
  });

  test("are not made again if they existed once and are lost", () => {
    const core = going(1, {
      tasks: [{ outputs: 2 }, { inputs: [0], type: "other" }, { inputs: [1], type: "other" }],
    });
    core.finish(1, [0]);
    core.missing(1, 1, 1);
    core.fail(1, 0);
    expect(statesOf(core, 3)).toEqual(["failed", "ready", "skipped"]);
    core.missing(1, 0, 1);
    expect(statesOf(core, 3)).toEqual(["failed", "skipped", "skipped"]);
    expect(skipCause(core.state, 1, 1)).toBe(0);
  });

  test("end finished tasks that would have to run again for them", () => {
    const core = going(1, { tasks: [{}, { inputs: [0] }, { inputs: [1], type: "other" }] });
    core.finish(1, [0]);
    core.finish(1, [1]);
    core.missing(1, 1, 1);
    expect(statesOf(core, 3)).toEqual(["assigned", "waiting", "waiting"]);
    core.fail(1, 0);
    expect(statesOf(core, 3)).toEqual(["failed", "skipped", "skipped"]);
  });
});

test("a kept object of a session that continued on failure is made again if it is lost after the end", () => {
  const core = going(1, { tasks: [{}, {}], keep: [0] });
  core.seal();
  core.finish(1, [0]);
  core.fail(1, 1);
  expect(sessionState(core.state, 1)).toBe("failed");
  expect(only(core.missing(1, 0, 1), "sessionChanged")).toMatchObject([{ state: "running" }]);
  expect(only(core.finish(1, [0]), "sessionChanged")).toMatchObject([{ state: "failed" }]);
  expect(objectState(core.state, 1, 0)).toBe("present");
});
