import { describe, expect, test } from "vitest";
import {
  assignedTaskCount,
  dumpState,
  graphColumns,
  groupCounts,
  isKept,
  keptObjects,
  objectProducer,
  objectReplica,
  objectSize,
  objectState,
  sessionState,
  taskCounts,
  taskState,
  tasksIn,
  taskWorker,
} from "../../../../../src/runtime/core/index.ts";
import { Core } from "../harness.ts";

/** One cpu. Task 0 is finished, 1 running, 2 retracting, 3 assigned, 4 ready, 5 waiting. */
function inAllStates() {
  const core = new Core();
  core.open();
  core.join(1);
  const tasks = [
    { group: "a" },
    { group: "a" },
    { group: "b" },
    { group: "b" },
    { type: "none" },
    { inputs: [2] },
  ];
  core.submit({ constants: [64], tasks, keep: [0, 1] });
  core.finish(1, [0], { sizes: [7] });
  core.started(1, [1]);
  core.join(2, 1, ["t"]);
  return core;
}

describe("views of the state", () => {
  const { state } = inAllStates();

  test("counts per session and per group", () => {
    const none = {
      total: 0,
      waiting: 0,
      ready: 0,
      running: 0,
      finished: 0,
      failed: 0,
      cancelled: 0,
      skipped: 0,
    };
    expect(taskCounts(state, 1)).toEqual({
      ...none,
      total: 6,
      waiting: 1,
      ready: 3,
      running: 1,
      finished: 1,
    });
    expect(groupCounts(state, 1)).toEqual([
      { name: "", tasks: { ...none, total: 2, waiting: 1, ready: 1 } },
      { name: "a", tasks: { ...none, total: 2, running: 1, finished: 1 } },
      { name: "b", tasks: { ...none, total: 2, ready: 2 } },
    ]);
  });

  test("a failed task counts as failed, those that it ended as cancelled or skipped", () => {
    const counts = (onFailure: "stop" | "continue") => {
      const core = new Core();
      core.open(1, onFailure);
      core.join(1);
      core.submit({ tasks: [{}, {}, { inputs: [1] }, { inputs: [2] }] });
      core.finish(1, [0]);
      core.fail(1, 1);
      return taskCounts(core.state, 1);
    };
    expect(counts("stop")).toMatchObject({ total: 4, finished: 1, failed: 1, cancelled: 2, skipped: 0 });
    expect(counts("continue")).toMatchObject({ total: 4, finished: 1, failed: 1, cancelled: 0, skipped: 2 });
  });

  test("states, workers and lists of tasks", () => {
    expect([0, 1, 2, 3, 4, 5].map((task) => taskState(state, 1, task))).toEqual([
      "finished",
      "running",
      "assigned",
      "assigned",
      "ready",
      "waiting",
    ]);
    expect([0, 1, 4].map((task) => taskWorker(state, 1, task))).toEqual([1, 1, undefined]);
    expect(tasksIn(state, 1, ["assigned", "running"], 20)).toEqual([1, 2, 3]);
    expect(tasksIn(state, 1, ["assigned", "running"], 2)).toEqual([1, 2]);
    expect([1, 2, 3].map((worker) => assignedTaskCount(state, worker))).toEqual([3, 0, 0]);
  });

  test("objects", () => {
    expect([0, 1, 2].map((object) => objectState(state, 1, object))).toEqual([
      "present",
      "present",
      "pending",
    ]);
    expect([0, 1, 2].map((object) => objectSize(state, 1, object))).toEqual([64, 7, undefined]);
    expect([0, 1, 2].map((object) => objectReplica(state, 1, object))).toEqual([0, 1, undefined]);
    expect([0, 1, 2].map((object) => objectProducer(state, 1, object))).toEqual([undefined, 0, 1]);
    expect([0, 1, 2].map((object) => isKept(state, 1, object))).toEqual([true, true, false]);
    expect(keptObjects(state, 1)).toEqual([0, 1]);
  });

  test("columns, to encode tasks from", () => {
    const { taskCount, inputStart, inputs, firstOutput } = graphColumns(state, 1)!;
    expect([taskCount, ...firstOutput.subarray(0, taskCount)]).toEqual([6, 1, 2, 3, 4, 5, 6]);
    expect([...inputs.subarray(inputStart[5], inputStart[6])]).toEqual([2]);
  });
});

test("sessions, tasks and objects that do not exist give undefined or nothing", () => {
  const { state } = inAllStates();
  for (const session of [1, 2]) {
    for (const number of [-1, 0.5, 7, 8, Number.NaN]) {
      if (number === 7 && session === 1) continue;
      expect(taskState(state, session, number)).toBeUndefined();
      expect(taskWorker(state, session, number)).toBeUndefined();
      expect(objectState(state, session, number)).toBeUndefined();
      expect(objectSize(state, session, number)).toBeUndefined();
      expect(objectReplica(state, session, number)).toBeUndefined();
      expect(objectProducer(state, session, number)).toBeUndefined();
      expect(isKept(state, session, number)).toBe(false);
    }
  }
  expect(sessionState(state, 2)).toBeUndefined();
  expect(taskCounts(state, 2)).toBeUndefined();
  expect(graphColumns(state, 2)).toBeUndefined();
  expect(groupCounts(state, 2)).toEqual([]);
  expect(tasksIn(state, 2, ["ready"], 1)).toEqual([]);
  expect(keptObjects(state, 2)).toEqual([]);
});

test("the dump for debugging is JSON with the queues and loads", () => {
  const core = inAllStates();
  const dump = JSON.parse(JSON.stringify(dumpState(core.state)));
  expect(dump).toMatchObject({
    sessions: [
      {
        state: "running",
        tasks: { finished: 1, running: 1, retracting: 1, assigned: 1, ready: 1, waiting: 1, failed: 0 },
        classes: expect.arrayContaining([
          expect.objectContaining({ type: "none", readyShared: 1, profilesThatFit: 0 }),
        ]),
      },
    ],
    workers: [
      { slot: 1, cpus: 1, unstarted: 1, runningOrRetracting: 2, retracting: 1 },
      { slot: 2, queues: [{ resources: [], load: "idle", ready: 0, surplus: 0 }] },
    ],
    retracting: 1,
  });
});
