import { describe, expect, test } from "vitest";
import {
  objectReplica,
  objectState,
  sessionState,
  taskCounts,
  taskState,
} from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, only } from "../harness.ts";

/** Three tasks in a row; the output of the last is kept. */
const CHAIN = { tasks: [{}, { inputs: [0] }, { inputs: [1] }], keep: [2] };

describe("a session that outlives its server", () => {
  test("continues with the state that it had", () => {
    const core = new Core();
    core.join(1);
    const effects = core.restore({ chunks: [CHAIN], finished: [0, 1], inventories: { 1: { objects: [1] } } });
    expect(assignedTasks(effects)).toEqual({ 1: [2] });
    core.finish(1, [2]);
    expect(sessionState(core.state, 1)).toBe("open");
  });

  test("makes needed objects that no worker has again, as far back as necessary", () => {
    const core = new Core();
    core.join(1);
    const effects = core.restore({ chunks: [CHAIN], finished: [0, 1], inventories: { 1: { objects: [0] } } });
    expect(only(effects, "tasksRestarted").flatMap(({ tasks }) => tasks)).toEqual([1, 0]);
    expect(assignedTasks(effects)).toEqual({ 1: [0] });
  });

  test("keeps finished tasks whose outputs nothing needs", () => {
    const core = new Core();
    core.restore({ chunks: [{ tasks: [{}, { outputs: 0 }] }], sealed: true, finished: [0, 1] });
    expect(sessionState(core.state, 1)).toBe("finished");
    expect(objectState(core.state, 1, 0)).toBe("released");
  });

  test("has its kept objects again, on the workers that have them", () => {
    const core = new Core();
    core.join(1);
    core.restore({
      chunks: [CHAIN],
      sealed: true,
      finished: [0, 1, 2],
      inventories: { 1: { objects: [2] } },
    });
    expect(sessionState(core.state, 1)).toBe("finished");
    expect(objectReplica(core.state, 1, 2)).toBe(1);
  });

  test("accepts tasks that finished without a record, and continues with running ones", () => {
    const core = new Core();
    core.join(1, 2);
    const effects = core.restore({
      chunks: [{ tasks: [{}, {}, {}], keep: [0, 1, 2] }],
      inventories: { 1: { objects: [0], running: [1] } },
    });
    expect(only(effects, "tasksFound")[0]?.tasks).toEqual([0]);
    expect(taskState(core.state, 1, 1)).toBe("running");
    expect(assignedTasks(effects)).toEqual({ 1: [2] });
  });

  test("assigns no task that is found finished or running", () => {
    const core = new Core();
    core.join(1, 2);
    core.join(2, 2);
    const effects = core.restore({
      chunks: [{ tasks: [{ outputs: 2 }, { inputs: [0] }, { inputs: [1] }], keep: [2, 3] }],
      finished: [0],
      inventories: { 1: { objects: [0, 2] }, 2: { objects: [1], running: [2] } },
    });
    expect(only(effects, "tasksFound")[0]?.tasks).toEqual([1]);
    expect(assignedTasks(effects)).toEqual({});
  });

  test("has its constants on the server as long as a task needs them", () => {
    const core = new Core();
    core.join(1);
    const effects = core.restore({
      chunks: [{ constants: [5, 6], tasks: [{ inputs: [0] }], keep: [2] }],
      finished: [0],
      inventories: { 1: { objects: [2] } },
    });
    expect(only(effects, "drop")).toEqual([{ kind: "drop", worker: 0, session: 1, objects: [1] }]);
    core.lose(1);
    expect(taskState(core.state, 1, 0)).toBe("ready");
  });

  test("takes further submits, unless it was sealed", () => {
    const core = new Core();
    core.join(1);
    core.restore({ chunks: [CHAIN], finished: [0, 1, 2], inventories: { 1: { objects: [2] } } });
    expect(assignedTasks(core.submit({ firstTask: 3, firstObject: 3, tasks: [{ inputs: [2] }] }))).toEqual({
      1: [3],
    });
  });

  test("stays failed or cancelled, with its tasks as they were", () => {
    const core = new Core();
    core.join(1);
    core.restore({ chunks: [CHAIN], ended: "failed", finished: [0], failed: [1] });
    expect(sessionState(core.state, 1)).toBe("failed");
    expect(taskCounts(core.state, 1)).toMatchObject({ finished: 1, failed: 1, cancelled: 1 });
    expect(core.restore({ chunks: [CHAIN], ended: "cancelled" }, 2)).toContainEqual({
      kind: "sessionChanged",
      session: 2,
      state: "cancelled",
    });
  });

  test("continues on failure as before, with the same tasks skipped", () => {
    const core = new Core();
    core.join(1);
    const tasks = [{}, { inputs: [0] }, {}, { inputs: [2] }, {}];
    const effects = core.restore({
      chunks: [{ tasks, keep: [3, 4] }],
      onFailure: "continue",
      sealed: true,
      finished: [2, 3],
      failed: [0],
      inventories: { 1: { objects: [3] } },
    });
    expect(only(effects, "tasksSkipped")).toEqual([]);
    expect(assignedTasks(effects)).toEqual({ 1: [4] });
    expect([0, 1, 3].map((task) => taskState(core.state, 1, task))).toEqual([
      "failed",
      "skipped",
      "finished",
    ]);
    core.finish(1, [4]);
    expect(sessionState(core.state, 1)).toBe("failed");
    expect([3, 4].map((object) => objectState(core.state, 1, object))).toEqual(["present", "present"]);
  });

  test("waits for the rest of a delay before the next run of a task", () => {
    const core = new Core();
    core.join(1);
    const effects = core.restore({ chunks: [{ tasks: [{ retries: 2 }] }], failures: [[0, 1, 7]] });
    expect(assignedTasks(effects)).toEqual({});
    expect(only(effects, "wakeAt")).toEqual([{ kind: "wakeAt", time: core.now + 7 }]);
    expect(assignedTasks(core.tell(core.now + 7))).toEqual({ 1: [0] });
  });

  test("remembers how often a task has failed", () => {
    const core = new Core();
    core.join(1);
    core.restore({ chunks: [{ tasks: [{ retries: 1 }] }], failures: [[0, 1]] });
    core.fail(1, 0);
    expect(sessionState(core.state, 1)).toBe("failed");
  });

  test("stays unkept where it was unkept", () => {
    const core = new Core();
    core.join(1);
    const effects = core.restore({
      chunks: [CHAIN],
      finished: [0, 1, 2],
      unkept: [2],
      inventories: { 1: { objects: [2] } },
    });
    expect(only(effects, "drop")).toEqual([{ kind: "drop", worker: 1, session: 1, objects: [2] }]);
  });
});
