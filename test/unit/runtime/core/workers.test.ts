import { describe, expect, test } from "vitest";
import {
  blockedTasks,
  heldTaskCount,
  objectState,
  sessionState,
  taskState,
} from "../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, independent, only } from "./harness.ts";

describe("a worker that joins", () => {
  test("is filled at once", () => {
    const core = new Core();
    core.open();
    core.submit(independent(10));
    expect(assignedTasks(core.join(1, 2))).toEqual({ 1: [0, 1, 2, 3] });
    expect(heldTaskCount(core.state, 1)).toBe(4);
  });

  test("must have a slot of its own", () => {
    const core = new Core();
    core.join(1);
    expect(() => core.join(1)).toThrow(/joined already/);
    expect(() => core.join(0)).toThrow(/slot 0/);
  });
});

describe("a worker that offers other task types than before", () => {
  test("is given what it can run now, and no more of what it cannot", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "b" }] });
    expect(assignedTasks(core.change(1, ["b"]))).toEqual({ 1: [1] });
    core.submit({ firstTask: 2, firstObject: 2, tasks: [{ type: "a" }] });
    expect(taskState(core.state, 1, 2)).toBe("ready");
  });

  test("keeps what it has been given", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "a" }], keep: [0, 1] });
    core.started(1, [0]);
    expect(core.change(1, [])).toEqual([]);
    expect(heldTaskCount(core.state, 1)).toBe(2);
    core.finish(1, [0, 1]);
    expect(taskState(core.state, 1, 1)).toBe("finished");
  });

  test("also what waits there for a resource", () => {
    const core = new Core();
    core.open();
    core.join(1, 4, ["a"], { named: { gpu: 1 } });
    const needsGpu = { type: "a", named: { gpu: 1 } };
    core.submit({ tasks: [needsGpu, needsGpu, needsGpu] });
    core.change(1, ["a", "b"]);
    core.change(1, ["b"]);
    core.change(1, ["a"]);
    expect(heldTaskCount(core.state, 1)).toBe(3);
    core.finish(1, [0, 1, 2]);
    expect(taskState(core.state, 1, 2)).toBe("finished");
  });

  test("leaves the ready tasks that waited for it to others", () => {
    const core = new Core();
    core.open();
    core.open(2);
    core.join(1);
    core.submit({ constants: [5], tasks: [{ inputs: [0], outputs: 0 }], keep: [0] });
    core.finish(1, [0]);
    core.submit(independent(3), 2);
    core.submit({ firstTask: 1, firstObject: 1, tasks: [{ inputs: [0] }] });
    core.change(1, ["other"]);
    expect(assignedTasks(core.join(2))).toEqual({ 2: [1] });
  });

  test("does not matter when it is not there, or the types are the same", () => {
    const core = new Core();
    expect(core.change(7, ["a"])).toEqual([]);
    core.join(1, 1, ["a", "b"]);
    expect(core.change(1, ["b", "a"])).toEqual([]);
  });
});

test("a task whose code travels along runs on any worker that has the resources", () => {
  const core = new Core();
  core.open();
  core.join(1, 1, []);
  expect(assignedTasks(core.submit({ tasks: [{ type: "far", shipped: true }] }))).toEqual({ 1: [0] });
  core.submit({ firstTask: 1, firstObject: 1, tasks: [{ type: "far", shipped: true, cpus: 2 }] });
  expect(blockedTasks(core.state, 1)).toMatchObject([
    { example: 1, reasons: [{ worker: 1, reason: "has 1 of the 2 cpus needed" }] },
  ]);
});

describe("a worker that is lost", () => {
  const reason = { kind: "worker", worker: 1 };

  test("fails the sessions that had tasks on it", () => {
    const core = new Core();
    core.open();
    core.open(2);
    core.join(1, 1, ["a", "b"]);
    core.join(2, 1, ["b"]);
    core.submit({ tasks: [{ type: "b" }, { type: "b" }] });
    core.submit({ tasks: [{ type: "none" }] }, 2);
    const effects = core.lose(1);
    expect(effects).toEqual([
      { kind: "endSession", worker: 2, session: 1 },
      { kind: "sessionChanged", session: 1, state: "failed", reason },
    ]);
    expect(sessionState(core.state, 2)).toBe("running");
  });

  test("fails the sessions that had a task on it which has run for a while", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}] });
    core.started(1, [0]);
    expect(core.lose(1)).toEqual([{ kind: "sessionChanged", session: 1, state: "failed", reason }]);
    expect(taskState(core.state, 1, 0)).toBe("cancelled");
  });

  test.each([
    ["needed", [], "failed"],
    ["kept", [0], "failed"],
  ] as const)("fails a session that loses an object which is %s", (_, keep, state) => {
    const core = new Core();
    core.open();
    core.join(1);
    const consumers = keep.length > 0 ? [] : [{ inputs: [0], type: "other" }];
    core.submit({ tasks: [{}, ...consumers], keep: [...keep] });
    core.finish(1, [0]);
    expect(only(core.lose(1), "sessionChanged")).toEqual([
      { kind: "sessionChanged", session: 1, state, reason },
    ]);
  });

  test("fails a finished session whose kept object is gone", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.seal();
    core.finish(1, [0]);
    expect(only(core.lose(1), "sessionChanged")[0]).toMatchObject({ state: "failed", reason });
  });

  test("does not matter to a session whose objects are elsewhere too", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ constants: [5], tasks: [{ inputs: [0], outputs: 0 }], keep: [0] });
    core.finish(1, [0]);
    expect(core.lose(1)).toEqual([]);
    expect(objectState(core.state, 1, 0)).toBe("present");
    expect(sessionState(core.state, 1)).toBe("open");
  });

  test("leaves the ready tasks that waited for it to others", () => {
    const core = new Core();
    core.open();
    core.open(2);
    core.join(1);
    core.submit({ constants: [5], tasks: [{ inputs: [0], outputs: 0 }], keep: [0] });
    core.finish(1, [0]);
    core.submit(independent(3), 2);
    core.submit({ firstTask: 1, firstObject: 1, tasks: [{ inputs: [0] }] });
    expect(taskState(core.state, 1, 1)).toBe("ready");
    core.lose(1);
    expect(only(core.join(2), "assign")).toEqual([
      { kind: "assign", worker: 2, session: 1, tasks: [1], sources: [0] },
    ]);
  });

  test("that is not there does not matter", () => {
    expect(new Core().lose(7)).toEqual([]);
  });

  test("can come again in the same slot", () => {
    const core = new Core();
    core.join(1);
    core.lose(1);
    core.open();
    core.submit({ tasks: [{}] });
    expect(assignedTasks(core.join(1))).toEqual({ 1: [0] });
  });
});
