import { describe, expect, test } from "vitest";
import { sessionState, taskCounts, taskState } from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, independent, only } from "../harness.ts";

describe("the state of a session", () => {
  test("is open until tasks come and after they are done", () => {
    const core = new Core();
    expect(core.open()).toEqual([]);
    core.join(1);
    expect(sessionState(core.state, 1)).toBe("open");
    core.submit({ tasks: [{}] });
    expect(sessionState(core.state, 1)).toBe("running");
    core.finish(1, [0]);
    expect(sessionState(core.state, 1)).toBe("open");
  });

  test("is finished when it is sealed and all tasks are", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}] });
    expect(core.seal()).toEqual([]);
    expect(sessionState(core.state, 1)).toBe("running");
    expect(only(core.finish(1, [0]), "sessionChanged")).toEqual([
      { kind: "sessionChanged", session: 1, state: "finished" },
    ]);
  });

  test("a sealed session without tasks is finished at once", () => {
    const core = new Core();
    core.open();
    expect(core.seal()).toEqual([{ kind: "sessionChanged", session: 1, state: "finished" }]);
    expect(core.seal()).toEqual([]);
  });

  test("a session can be opened only once", () => {
    const core = new Core();
    core.open();
    expect(() => core.open()).toThrow(/already exists/);
  });
});

describe("a task that fails", () => {
  /** Worker 1 has tasks 0 and 1 of session 1 and an object of it, worker 2 has tasks of session 2. */
  function running() {
    const core = new Core();
    core.open();
    core.open(2);
    core.join(1, 2, ["a"]);
    core.join(2, 1, ["b"]);
    core.submit({ constants: [1], tasks: [{ type: "a" }, { type: "a", inputs: [0] }], keep: [1] });
    core.submit({ tasks: [{ type: "b" }] }, 2);
    return core;
  }

  test("ends its session everywhere and leaves others alone", () => {
    const core = running();
    const later = [{ type: "a", inputs: [1] }, { type: "b" }, { type: "nowhere" }];
    core.submit({ firstTask: 2, firstObject: 3, tasks: later });
    expect(core.fail(1, 0)).toEqual([
      { kind: "taskFailed", session: 1, worker: 1, reason: { kind: "run", task: 0 } },
      { kind: "endSession", worker: 0, session: 1 },
      { kind: "endSession", worker: 1, session: 1 },
      { kind: "endSession", worker: 2, session: 1 },
      { kind: "sessionChanged", session: 1, state: "failed" },
    ]);
    expect([0, 1, 2, 3, 4].map((task) => taskState(core.state, 1, task))).toEqual([
      "failed",
      "cancelled",
      "cancelled",
      "cancelled",
      "cancelled",
    ]);
    expect(taskCounts(core.state, 1)).toMatchObject({ total: 5, failed: 1, cancelled: 4 });
    expect(taskState(core.state, 2, 0)).toBe("assigned");
    expect(sessionState(core.state, 2)).toBe("running");
  });

  test("makes room for the tasks of other sessions", () => {
    const core = new Core();
    core.open();
    core.open(2);
    core.join(1);
    core.submit({ tasks: [{}, {}, {}, {}] });
    expect(assignedTasks(core.submit({ tasks: [{}] }, 2))).toEqual({});
    expect(assignedTasks(core.fail(1, 0))).toEqual({ 1: [0] });
  });

  test("reports that arrive afterwards change nothing", () => {
    const core = running();
    core.fail(1, 0);
    expect(core.finish(1, [0, 1])).toEqual([]);
    expect(core.fail(1, 1)).toEqual([]);
    expect(core.started(1, [1])).toEqual([]);
    expect(core.returned(1, [1])).toEqual([]);
    expect(core.cancel()).toEqual([]);
    expect(sessionState(core.state, 1)).toBe("failed");
  });
});

describe("cancel", () => {
  test("stops everything of the session", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}, { inputs: [0] }] });
    core.started(1, [0]);
    expect(core.cancel()).toEqual([
      { kind: "endSession", worker: 1, session: 1 },
      { kind: "sessionChanged", session: 1, state: "cancelled" },
    ]);
    expect(taskCounts(core.state, 1)).toMatchObject({ total: 2, running: 0, failed: 0, cancelled: 2 });
  });

  test("of a finished session does nothing", () => {
    const core = new Core();
    core.open();
    core.seal();
    expect(core.cancel()).toEqual([]);
    expect(sessionState(core.state, 1)).toBe("finished");
  });
});

describe("close", () => {
  test("from a running session forgets it and tells its workers", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit(independent(100));
    expect(core.close()).toEqual([
      { kind: "endSession", worker: 1, session: 1 },
      { kind: "sessionChanged", session: 1, state: "closed" },
    ]);
    expect(sessionState(core.state, 1)).toBeUndefined();
    expect(core.state.sessions.size).toBe(0);
  });

  test("of a finished session frees what was kept", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.seal();
    core.finish(1, [0]);
    expect(only(core.close(), "endSession")).toEqual([{ kind: "endSession", worker: 1, session: 1 }]);
  });

  test("is not reported twice for a failed session", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}] });
    core.fail(1, 0);
    expect(core.close()).toEqual([{ kind: "sessionChanged", session: 1, state: "closed" }]);
  });

  test("reports of a closed session and requests to one are ignored", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}] });
    core.close();
    const reactions = [
      core.finish(1, [0]),
      core.fail(1, 0),
      core.unkeep([0]),
      core.close(),
      core.cancel(),
      core.seal(),
    ];
    expect(reactions.flat()).toEqual([]);
  });
});
