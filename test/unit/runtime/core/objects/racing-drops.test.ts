import { describe, expect, test } from "vitest";
import { assignedTasks, Core, LOCAL, only } from "../harness.ts";

describe("an object that could not be fetched from a worker", () => {
  test("is dropped there, and tasks that were to use it there are retracted", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({
      tasks: [
        { type: "a" },
        { type: "a", inputs: [0] },
        { type: "b", inputs: [0] },
        { type: "c", inputs: [0] },
      ],
    });
    core.finish(1, [0]);
    core.join(2, 1, ["b"]);
    core.finish(2, [2]);
    core.join(3, 1, ["c"]);
    const effects = core.missing(1, 0, 1, { worker: 3, tasks: [3] });
    expect(only(effects, "retract")).toContainEqual({ kind: "retract", worker: 1, session: 1, tasks: [1] });
    expect(only(effects, "drop")).toContainEqual({ kind: "drop", worker: 1, session: 1, objects: [0] });
    expect(assignedTasks(core.returned(1, [1]))).toEqual({ 1: [1] });
  });

  test("is fetched again from another source by a worker that reports it late", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "b", inputs: [0] }, { type: "c", inputs: [0] }] });
    core.finish(1, [0]);
    core.join(2, 1, ["b"]);
    core.finish(2, [1]);
    core.join(3, 1, ["c"]);
    const effects = core.missing(1, 0, 1, { worker: 3, tasks: [2] });
    expect(only(effects, "drop")).toContainEqual({ kind: "drop", worker: 3, session: 1, objects: [0] });
    expect(only(effects, "assign")).toMatchObject([{ worker: 3, tasks: [2], sources: [2] }]);
  });
});

describe("a drop that races with the task that makes the object again", () => {
  /** Worker 2 has to make object 0 again, and with it object 1, which it expected from worker 1. */
  function withRacingDrop(): Core {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({
      tasks: [
        { type: "a", outputs: 2 },
        { type: "b", inputs: [0, 1] },
      ],
    });
    core.finish(1, [0]);
    core.change(1, []);
    core.join(2, 1, ["a", "b"]);
    const effects = core.missing(1, 0, 1, { worker: 2, tasks: [1] });
    expect(assignedTasks(effects)).toEqual({ 2: [0] });
    expect(only(core.lose(1), "drop")).toEqual([{ kind: "drop", worker: 2, session: 1, objects: [1] }]);
    return core;
  }

  test("may have dropped the new object, which is made again", () => {
    const core = withRacingDrop();
    const effects = core.finish(2, [0]);
    expect(only(effects, "drop")).toEqual([{ kind: "drop", worker: 2, session: 1, objects: [1] }]);
    expect(only(effects, "tasksRestarted")).toMatchObject([{ tasks: [0] }]);
    expect(assignedTasks(effects)).toEqual({ 2: [0] });
    const [assign] = only(core.finish(2, [0]), "assign");
    expect(assign).toMatchObject({ worker: 2, tasks: [1], sources: [LOCAL, LOCAL] });
  });

  test("has no effect if another worker runs the task", () => {
    const core = withRacingDrop();
    core.join(3, 1, ["a", "b"]);
    expect(assignedTasks(core.lose(2))).toEqual({ 3: [0] });
    expect(assignedTasks(core.finish(3, [0]))).toEqual({ 3: [1] });
  });
});
