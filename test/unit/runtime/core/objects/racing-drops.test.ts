import { describe, expect, test } from "vitest";
import { assignedTasks, Core, LOCAL, only } from "../harness.ts";

describe("an object that could not be had from a worker", () => {
  test("is dropped there, and the tasks that were to use it there are asked back", () => {
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

  test("is told to whoever reports that late to get it anew, from another", () => {
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

describe("a drop that meets the task which makes the object once more", () => {
  /** Worker 2 has to make object 0 again, and with it object 1, which it expected from worker 1. */
  function crossed(): Core {
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

  test("may have hit the new object: it is made again", () => {
    const core = crossed();
    const effects = core.finish(2, [0]);
    expect(only(effects, "drop")).toEqual([{ kind: "drop", worker: 2, session: 1, objects: [1] }]);
    expect(only(effects, "tasksRestarted")).toMatchObject([{ tasks: [0] }]);
    expect(assignedTasks(effects)).toEqual({ 2: [0] });
    const [assign] = only(core.finish(2, [0]), "assign");
    expect(assign).toMatchObject({ worker: 2, tasks: [1], sources: [LOCAL, LOCAL] });
  });

  test("is of no consequence when another worker runs the task", () => {
    const core = crossed();
    core.join(3, 1, ["a", "b"]);
    expect(assignedTasks(core.lose(2))).toEqual({ 3: [0] });
    expect(assignedTasks(core.finish(3, [0]))).toEqual({ 3: [1] });
  });
});
