import { describe, expect, test } from "vitest";
import {
  assignedTaskCount,
  blockedTasks,
  objectState,
  sessionState,
  taskState,
} from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, independent, only } from "../harness.ts";

describe("a worker that joins", () => {
  test("is given tasks at once", () => {
    const core = new Core();
    core.open();
    core.submit(independent(10));
    expect(assignedTasks(core.join(1, 2))).toEqual({ 1: [0, 1, 2, 3] });
    expect(assignedTaskCount(core.state, 1)).toBe(4);
  });

  test("must have a slot of its own", () => {
    const core = new Core();
    core.join(1);
    expect(() => core.join(1)).toThrow(/joined already/);
    expect(() => core.join(0)).toThrow(/slot 0/);
  });
});

describe("a worker that offers other task types than before", () => {
  test("is given tasks that it can run now, and no tasks that it no longer can", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "b" }] });
    expect(assignedTasks(core.change(1, ["b"]))).toEqual({ 1: [1] });
    core.submit({ firstTask: 2, firstObject: 2, tasks: [{ type: "a" }] });
    expect(taskState(core.state, 1, 2)).toBe("ready");
  });

  test("keeps the tasks that it has", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "a" }], keep: [0, 1] });
    core.started(1, [0]);
    expect(core.change(1, [])).toEqual([]);
    expect(assignedTaskCount(core.state, 1)).toBe(2);
    core.finish(1, [0, 1]);
    expect(taskState(core.state, 1, 1)).toBe("finished");
  });

  test("keeps surplus tasks, too", () => {
    const core = new Core();
    core.open();
    core.join(1, 4, ["a"], { named: { gpu: 1 } });
    const needsGpu = { type: "a", named: { gpu: 1 } };
    core.submit({ tasks: [needsGpu, needsGpu, needsGpu] });
    core.change(1, ["a", "b"]);
    core.change(1, ["b"]);
    core.change(1, ["a"]);
    expect(assignedTaskCount(core.state, 1)).toBe(3);
    core.finish(1, [0, 1, 2]);
    expect(taskState(core.state, 1, 2)).toBe("finished");
  });

  test("leaves its own ready queue to other workers", () => {
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

  test("is ignored if it does not exist or its types are the same", () => {
    const core = new Core();
    expect(core.change(7, ["a"])).toEqual([]);
    core.join(1, 1, ["a", "b"]);
    expect(core.change(1, ["b", "a"])).toEqual([]);
  });
});

test("a task whose code is shipped runs on any worker that has the resources", () => {
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
  test("leaves its tasks to others, started or not", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}, {}] });
    core.started(1, [0]);
    expect(core.lose(1)).toEqual([{ kind: "tasksLost", session: 1, worker: 1, tasks: [1, 0] }]);
    expect(assignedTasks(core.join(2))).toEqual({ 2: [1, 0] });
    expect(core.finish(1, [0])).toEqual([]);
  });

  test("leaves early tasks waiting again", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}, {}, { inputs: [1] }] });
    core.finish(1, [0], { seconds: 0.001 });
    expect(taskState(core.state, 1, 2)).toBe("assigned");
    expect(only(core.lose(1), "retract")).toEqual([]);
    expect([1, 2].map((task) => taskState(core.state, 1, task))).toEqual(["ready", "waiting"]);
  });

  test.each([
    ["needed", []],
    ["kept", [0]],
  ])("has its objects made again that are %s", (_, keep) => {
    const core = new Core();
    core.open();
    core.join(1);
    const consumers = keep.length > 0 ? [] : [{ inputs: [0], type: "other" }];
    core.submit({ tasks: [{}, ...consumers], keep });
    core.finish(1, [0]);
    expect(only(core.lose(1), "tasksRestarted")).toEqual([
      { kind: "tasksRestarted", session: 1, tasks: [0] },
    ]);
    expect(assignedTasks(core.join(2))).toEqual({ 2: [0] });
    core.finish(2, [0]);
    expect(objectState(core.state, 1, 0)).toBe("present");
  });

  test("has lost objects made again as far back as needed, and no further", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({
      constants: [5],
      tasks: [{ inputs: [0] }, { inputs: [1] }, { inputs: [2] }, { inputs: [2, 3], type: "other" }],
    });
    for (const task of [0, 1]) core.finish(1, [task]);
    core.join(2);
    // Object 2 gets a copy on worker 2.
    core.submit({ firstTask: 4, firstObject: 5, tasks: [] });
    core.finish(1, [2]);
    expect(objectState(core.state, 1, 1)).toBe("released");
    expect(only(core.lose(1), "tasksRestarted")[0]?.tasks.sort()).toEqual([0, 1, 2]);
    expect([0, 1, 2].map((task) => taskState(core.state, 1, task))).toEqual([
      "assigned",
      "waiting",
      "waiting",
    ]);
  });

  test("has a finished session run again whose kept object is lost", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.seal();
    core.finish(1, [0]);
    expect(only(core.lose(1), "sessionChanged")).toEqual([
      { kind: "sessionChanged", session: 1, state: "running" },
    ]);
    core.join(2);
    expect(only(core.finish(2, [0]), "sessionChanged")).toMatchObject([{ state: "finished" }]);
  });

  test("has tasks retracted that were to use its objects", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a", "b"]);
    core.submit({ tasks: [{ type: "a" }, { type: "c", inputs: [0] }] });
    core.finish(1, [0]);
    core.join(2, 1, ["a", "c"]);
    expect(taskState(core.state, 1, 1)).toBe("assigned");
    const effects = core.lose(1);
    expect(only(effects, "retract")).toEqual([{ kind: "retract", worker: 2, session: 1, tasks: [1] }]);
    expect(only(effects, "drop")).toEqual([{ kind: "drop", worker: 2, session: 1, objects: [0] }]);
    expect(assignedTasks(core.returned(2, [1]))).toEqual({});
    expect(assignedTasks(core.finish(2, [0]))).toEqual({ 2: [1] });
  });

  test("does not affect a running task that has fetched its objects", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "c", inputs: [0] }] });
    core.finish(1, [0]);
    core.join(2, 1, ["a", "c"]);
    core.started(2, [1]);
    core.lose(1);
    expect(only(core.finish(2, [1]), "tasksFinished")).toMatchObject([{ tasks: [1] }]);
  });

  test("fails a task that was assigned each of five times, and names it", () => {
    const core = new Core();
    core.open();
    core.submit({ tasks: [{}, { type: "none" }] });
    for (let slot = 1; slot <= 5; slot++) {
      core.join(slot);
      core.started(slot, [0]);
      const effects = core.lose(slot);
      const failed = only(effects, "taskFailed");
      if (slot < 5) expect(failed).toEqual([]);
      else expect(failed).toMatchObject([{ worker: 5, reason: { kind: "crashes", task: 0, crashes: 5 } }]);
      expect(only(effects, "sessionChanged")).toMatchObject(slot < 5 ? [] : [{ state: "failed" }]);
    }
    expect(taskState(core.state, 1, 0)).toBe("failed");
  });

  test("does not count against tasks that cannot have started", () => {
    const core = new Core();
    core.open();
    core.submit({ tasks: [{}, {}, {}] });
    for (let slot = 1; slot <= 4; slot++) {
      core.join(slot);
      core.lose(slot);
    }
    core.join(5);
    core.lose(5);
    expect(sessionState(core.state, 1)).toBe("running");
  });

  test("does not affect a session whose objects are elsewhere too", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ constants: [5], tasks: [{ inputs: [0], outputs: 0 }], keep: [0] });
    core.finish(1, [0]);
    expect(core.lose(1)).toEqual([]);
    expect(objectState(core.state, 1, 0)).toBe("present");
    expect(sessionState(core.state, 1)).toBe("open");
  });

  test("leaves its own ready queue to other workers", () => {
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
    expect(only(core.join(2), "assign")[0]).toEqual({
      kind: "assign",
      worker: 2,
      session: 1,
      tasks: [1],
      sources: [0],
    });
  });

  test("is ignored if it does not exist", () => {
    expect(new Core().lose(7)).toEqual([]);
  });

  test("can join again in the same slot", () => {
    const core = new Core();
    core.join(1);
    core.lose(1);
    core.open();
    core.submit({ tasks: [{}] });
    expect(assignedTasks(core.join(1))).toEqual({ 1: [0] });
  });
});

describe("an object that cannot be fetched from its source", () => {
  test("is made again, and tasks that lack it wait for it", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "c", inputs: [0] }] });
    core.finish(1, [0]);
    core.join(2, 1, ["c"]);
    const effects = core.missing(1, 0, 1, { worker: 2, tasks: [1] });
    expect(only(effects, "tasksRestarted")).toMatchObject([{ tasks: [0] }]);
    expect(assignedTasks(effects)).toEqual({ 1: [0] });
    expect(only(effects, "drop")).toEqual([
      { kind: "drop", worker: 1, session: 1, objects: [0] },
      { kind: "drop", worker: 2, session: 1, objects: [0] },
    ]);
    expect(assignedTasks(core.finish(1, [0]))).toEqual({ 2: [1] });
  });

  test("is taken from another replica", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "c", inputs: [0] }, { type: "d", inputs: [0] }] });
    core.finish(1, [0]);
    core.join(2, 1, ["c"]);
    core.finish(2, [1]);
    core.join(3, 1, ["d"]);
    const effects = core.missing(1, 0, 2, { worker: 3, tasks: [2] });
    expect(only(effects, "tasksRestarted")).toEqual([]);
    expect(only(effects, "assign")).toMatchObject([{ worker: 3, tasks: [2], sources: [1] }]);
  });

  test("is made again if its own worker has lost it, with a task that runs there already", () => {
    const core = new Core();
    core.open();
    core.join(1, 2);
    core.submit({ tasks: [{}, { inputs: [0] }, { inputs: [0] }] });
    core.finish(1, [0]);
    core.started(1, [1]);
    const effects = core.missing(1, 0, 1, { worker: 1, tasks: [1] });
    expect(only(effects, "tasksRestarted")).toMatchObject([{ tasks: [0] }]);
    expect(only(effects, "retract")).toMatchObject([{ tasks: [2] }]);
    core.returned(1, [2]);
    expect(assignedTasks(core.finish(1, [0]))).toEqual({ 1: [1, 2] });
  });

  test("fails a task that repeatedly lacks its inputs", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "c", inputs: [0] }] });
    core.finish(1, [0]);
    core.join(2, 1, ["c"]);
    for (let times = 1; times < 5; times++) {
      core.missing(1, 0, 1, { worker: 2, tasks: [1] });
      core.finish(1, [0]);
    }
    const effects = core.missing(1, 0, 1, { worker: 2, tasks: [1] });
    expect(only(effects, "taskFailed")).toMatchObject([{ reason: { kind: "crashes", task: 1 } }]);
  });

  test("is ignored if nothing needs it any more", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}] });
    core.finish(1, [0]);
    expect(core.missing(1, 0, 1)).toEqual([]);
    expect(core.missing(1, 99, 1)).toEqual([]);
  });
});
