import { describe, expect, test } from "vitest";
import {
  objectReplica,
  objectState,
  sessionState,
  taskState,
} from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, only } from "../harness.ts";

/** Worker 1 runs two tasks. The second needs the output of the first, and its own output is kept. */
function chain(): Core {
  const core = new Core();
  core.open();
  core.join(1);
  core.submit({ tasks: [{}, { inputs: [0] }], keep: [1] });
  return core;
}

describe("a worker that rejoins after it counted as lost", () => {
  test("is not asked for objects that it has made already", () => {
    const core = chain();
    core.finish(1, [0]);
    core.lose(1);
    expect(taskState(core.state, 1, 0)).toBe("ready");
    const effects = core.rejoin(2, [{ objects: [0] }]);
    expect(only(effects, "tasksFound")).toEqual([{ kind: "tasksFound", session: 1, worker: 2, tasks: [0] }]);
    expect(assignedTasks(effects)).toEqual({ 2: [1] });
    expect(objectReplica(core.state, 1, 0)).toBe(2);
  });

  test("may bring outputs that it finished without being able to report", () => {
    const core = chain();
    core.lose(1);
    const effects = core.rejoin(2, [{ objects: [0, 1] }]);
    expect(only(effects, "tasksFound")[0]?.tasks).toEqual([0, 1]);
    // Nothing needs the first output any more.
    expect(only(effects, "drop")).toEqual([{ kind: "drop", worker: 2, session: 1, objects: [0] }]);
    expect(sessionState(core.state, 1)).toBe("open");
    expect(objectState(core.state, 1, 1)).toBe("present");
  });

  test("need not run a task without outputs again that it has finished", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{ outputs: 0 }, { outputs: 0 }] });
    core.started(1, [0]);
    core.lose(1);
    const effects = core.rejoin(2, [{ finished: [0, 7] }]);
    expect(only(effects, "tasksFound")).toEqual([{ kind: "tasksFound", session: 1, worker: 2, tasks: [0] }]);
    expect(assignedTasks(effects)).toEqual({ 2: [1] });
  });

  test("has not finished a task whose outputs it lost, whatever it says", () => {
    const core = chain();
    core.lose(1);
    expect(assignedTasks(core.rejoin(2, [{ finished: [0] }]))).toEqual({ 2: [0] });
  });

  test("makes objects again that it had to drop while it ran their task", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{ outputs: 2 }], keep: [0, 1] });
    core.started(1, [0]);
    core.lose(1);
    const effects = core.rejoin(2, [{ objects: [1], running: [0] }]);
    expect(only(effects, "drop")).toEqual([{ kind: "drop", worker: 2, session: 1, objects: [1] }]);
    expect(taskState(core.state, 1, 0)).toBe("running");
    expect(only(core.finish(2, [0]), "tasksRestarted")).toMatchObject([{ tasks: [0] }]);
  });

  test("does not run a task again that it finished before it was told to abort it", () => {
    const core = new Core();
    core.open();
    core.join(1, 1, ["a"]);
    core.submit({ tasks: [{ type: "a" }, { type: "a", inputs: [0] }] });
    core.finish(1, [0]);
    core.started(1, [1]);
    core.lose(1);
    const effects = core.rejoin(2, [{ running: [1] }], 1, ["a"]);
    expect(only(effects, "abort")).toMatchObject([{ worker: 2, tasks: [1] }]);
    core.finish(2, [0]);
    expect(only(core.finish(2, [1]), "abort")).toMatchObject([{ worker: 2, tasks: [1] }]);
  });

  test("continues with its running tasks", () => {
    const core = chain();
    core.started(1, [0]);
    core.lose(1);
    const effects = core.rejoin(2, [{ running: [0] }]);
    expect(assignedTasks(effects)).toEqual({});
    expect(taskState(core.state, 1, 0)).toBe("running");
    core.finish(2, [0]);
    expect(taskState(core.state, 1, 0)).toBe("finished");
  });

  test("aborts tasks that were assigned to another worker meanwhile, and drops their outputs", () => {
    const core = chain();
    core.started(1, [0]);
    core.lose(1);
    core.join(2);
    expect(only(core.rejoin(3, [{ running: [0] }]), "abort")).toEqual([
      { kind: "abort", worker: 3, session: 1, tasks: [0] },
    ]);
    expect(only(core.rejoin(4, [{ objects: [0] }]), "drop")).toEqual([
      { kind: "drop", worker: 4, session: 1, objects: [0] },
    ]);
    core.finish(2, [0]);
    expect(objectReplica(core.state, 1, 0)).toBe(2);
  });

  test("does not run a task whose input exists nowhere", () => {
    const core = chain();
    core.finish(1, [0]);
    core.started(1, [1]);
    core.lose(1);
    const effects = core.rejoin(2, [{ running: [1] }]);
    expect(only(effects, "abort")[0]?.tasks).toEqual([1]);
    expect(assignedTasks(effects)).toEqual({ 2: [0] });
  });

  test("is a further replica of existing objects", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ constants: [7], tasks: [{ inputs: [0] }, { inputs: [0] }], keep: [1, 2] });
    core.finish(1, [0]);
    core.rejoin(2, [{ objects: [0, 1] }]);
    core.lose(1);
    expect(objectReplica(core.state, 1, 1)).toBe(2);
    expect(taskState(core.state, 1, 0)).toBe("finished");
  });

  test("brings only a part of a task's outputs: the task runs again", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{ outputs: 2 }], keep: [0, 1] });
    core.finish(1, [0]);
    core.lose(1);
    const effects = core.rejoin(2, [{ objects: [0] }]);
    expect(only(effects, "drop")[0]?.objects).toEqual([0]);
    expect(assignedTasks(effects)).toEqual({ 2: [0] });
  });

  test("forgets sessions and objects that do not exist", () => {
    const core = chain();
    core.lose(1);
    const effects = core.rejoin(2, [
      { session: 9, objects: [0] },
      { objects: [77], running: [88] },
    ]);
    expect(only(effects, "endSession")).toEqual([{ kind: "endSession", worker: 2, session: 9 }]);
    expect(assignedTasks(effects)).toEqual({ 2: [0] });
    core.cancel();
    core.lose(2);
    expect(only(core.rejoin(3, [{ objects: [0] }]), "endSession")).toHaveLength(1);
  });
});
