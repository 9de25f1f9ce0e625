import { describe, expect, test } from "vitest";
import { assignedTaskCount, taskState } from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, only, type TaskSketch } from "../harness.ts";

const times = (count: number, task: TaskSketch) => Array.from({ length: count }, () => task);

/** Worker 1 with `cpus` cpus is given `tasks` tasks before worker 2 joins. */
function loaded(cpus: number, tasks: TaskSketch[], types = ["t"]) {
  const core = new Core();
  core.open();
  core.join(1, cpus, types);
  core.submit({ tasks });
  return core;
}

describe("an idle worker", () => {
  test("has half of the tasks that wait on another worker retracted, the latest first", () => {
    const core = loaded(4, times(8, {}));
    expect(core.join(2, 4)).toEqual([{ kind: "retract", worker: 1, session: 1, tasks: [7, 6] }]);
    expect(taskState(core.state, 1, 7)).toBe("assigned");
  });

  test("gets the tasks that are returned", () => {
    const core = loaded(4, times(8, {}));
    core.join(2, 4);
    expect(only(core.returned(1, [7, 6]), "assign")).toEqual([
      { kind: "assign", worker: 2, session: 1, tasks: [7, 6], sources: [] },
    ]);
  });

  test("leaves every worker its share in the end", () => {
    const core = loaded(4, times(8, {}));
    let asked = only(core.join(2, 4), "retract");
    while (asked[0] !== undefined) asked = only(core.returned(1, asked[0].tasks), "retract");
    expect([assignedTaskCount(core.state, 1), assignedTaskCount(core.state, 2)]).toEqual([4, 4]);
  });

  test("gets tasks of every session, each asked for separately", () => {
    const core = new Core();
    core.open(1);
    core.open(2);
    core.join(1, 2);
    core.submit({ tasks: times(2, {}) }, 1);
    core.submit({ tasks: times(2, {}) }, 2);
    core.join(2, 1, ["other"]);
    expect(only(core.join(3, 2), "retract")).toEqual([
      { kind: "retract", worker: 1, session: 2, tasks: [1] },
    ]);
    expect(only(core.join(4, 2), "retract")).toEqual([]);
  });

  test("does not ask while as many tasks are retracting as there are idle workers", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.join(2);
    core.submit({ tasks: times(6, {}) });
    expect(only(core.join(3), "retract")).toHaveLength(1);
    core.open(2);
    expect(only(core.seal(2), "retract")).toEqual([]);
  });
});

describe("tasks that are not retracted", () => {
  test("tasks for which the worker has free cpus", () => {
    const core = loaded(4, times(4, {}));
    expect(core.join(2, 4)).toEqual([]);
  });

  test("tasks that the idle worker cannot run, or not now", () => {
    const core = loaded(2, times(4, { type: "special", cpus: 1 }), ["special"]);
    expect(core.join(2, 2, ["t"])).toEqual([]);
    const wide = loaded(4, times(2, { cpus: 4 }));
    wide.open(2);
    wide.submit({ tasks: [{ cpus: 3, type: "other" }] }, 2);
    expect(assignedTasks(wide.join(2, 4, ["t", "other"]))).toEqual({ 2: [0] });
    expect(only(wide.finish(2, [0], { session: 2 }), "retract")).toMatchObject([{ worker: 1, tasks: [1] }]);
  });

  test("tasks that are reported as started", () => {
    const core = loaded(1, times(3, {}));
    core.started(1, [0, 2]);
    expect(only(core.join(2), "retract")).toMatchObject([{ tasks: [1] }]);
  });

  test("short tasks", () => {
    const core = loaded(1, [{}]);
    core.finish(1, [0], { seconds: 0.001 });
    core.submit({ firstTask: 1, firstObject: 1, tasks: times(40, {}) });
    expect(core.join(2)).toEqual([]);
  });

  test("a retracting task that is not returned, although it may still run there", () => {
    const core = loaded(1, times(3, {}));
    expect(only(core.join(2), "retract")).toMatchObject([{ worker: 1, tasks: [2] }]);
    expect(only(core.join(3), "retract")).toEqual([]);
    expect(only(core.started(1, [2]), "retract")).toMatchObject([{ worker: 1, tasks: [1, 0] }]);
    expect(only(core.finish(1, [1, 2]), "tasksFinished")).toMatchObject([{ tasks: [1, 2] }]);
  });
});

test("short tasks are retracted from behind one that turns out long", () => {
  const core = loaded(1, [{}]);
  core.finish(1, [0], { seconds: 0.001 });
  core.submit({ firstTask: 1, firstObject: 1, tasks: times(10, {}) });
  expect(core.join(2)).toEqual([]);
  const asked = only(core.started(1, [1]), "retract");
  expect(asked).toMatchObject([{ worker: 1, tasks: [10, 9, 8, 7, 6] }]);
  expect(assignedTasks(core.returned(1, asked[0]!.tasks))).toEqual({ 2: asked[0]!.tasks });
});

test("a task that was not retracted is not taken back", () => {
  const core = loaded(1, times(2, {}));
  expect(core.returned(1, [0, 1])).toEqual([]);
  expect(assignedTaskCount(core.state, 1)).toBe(2);
});
