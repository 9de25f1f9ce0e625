import { describe, expect, test } from "vitest";
import { assignedTaskCount, taskWorker } from "../../../../../src/runtime/core/index.ts";
import {
  assignedTasks,
  Core,
  capacity,
  chunk,
  independent,
  only,
  type PlainEffect,
  type TaskSketch,
} from "../harness.ts";

/** A list of `count` equal tasks. */
const times = (count: number, task: TaskSketch) => Array.from({ length: count }, () => task);

/** Number of tasks that each worker was given. */
const loads = (effects: PlainEffect[]) =>
  Object.fromEntries(Object.entries(assignedTasks(effects)).map(([worker, tasks]) => [worker, tasks.length]));

describe("how many tasks a worker is given", () => {
  test("of unknown tasks: one per cpu, and as many in advance, at least two", () => {
    const core = new Core();
    core.open();
    core.submit(independent(100));
    expect(loads(core.join(1, 1))).toEqual({ 1: 3 });
    expect(loads(core.join(2, 8))).toEqual({ 2: 16 });
  });

  test("of short tasks: enough for 50 ms per cpu", () => {
    const core = new Core();
    core.open();
    core.submit(independent(10_000));
    core.join(1, 2);
    core.finish(1, [0, 1, 2, 3], { seconds: 0.001 });
    expect(assignedTaskCount(core.state, 1)).toBe(100);
  });

  test("never more than 4096 tasks", () => {
    const core = new Core();
    core.open();
    core.submit(independent(10_000));
    const { 1: first = [] } = assignedTasks(core.join(1, 64));
    core.finish(1, first, { seconds: 0 });
    expect(assignedTaskCount(core.state, 1)).toBe(4096);
  });

  test("of tasks with several cpus: by their cpus", () => {
    const core = new Core();
    core.open();
    core.submit({ tasks: times(10, { cpus: 4 }) });
    expect(loads(core.join(1, 4))).toEqual({ 1: 2 });
  });

  test("only a few in advance while its cpus are busy with long tasks, however short the others are", () => {
    const core = new Core();
    core.open();
    core.submit(independent(10_000));
    core.join(1);
    core.started(1, [0]);
    core.finish(1, [1, 2], { seconds: 1e-5 });
    expect(assignedTaskCount(core.state, 1)).toBe(3);
    core.finish(1, [0], { seconds: 1e-5 });
    core.finish(1, [3, 4], { seconds: 1e-5 });
    expect(assignedTaskCount(core.state, 1)).toBeGreaterThan(1000);
  });

  test("invalid durations are ignored", () => {
    const core = new Core();
    core.open();
    core.submit(independent(10_000));
    core.join(1, 1);
    core.finish(1, [0], { seconds: Number.NaN });
    core.finish(1, [1], { seconds: -1 });
    expect(assignedTaskCount(core.state, 1)).toBe(3);
  });
});

describe("where a ready task goes", () => {
  /** Workers 1 and 2 each have a kept object of session 1: number 0 of 10 bytes, number 1 of 1000. */
  function twoPlaces() {
    const core = new Core();
    core.open();
    core.join(1, 2, ["a", "t"]);
    core.join(2, 2, ["b", "t"]);
    core.submit({ tasks: [{ type: "a" }, { type: "b" }], keep: [0, 1] });
    core.finish(1, [0], { sizes: [10_000] });
    core.finish(2, [1], { sizes: [100_000] });
    return core;
  }

  test("to the worker that has most of its input bytes", () => {
    const core = twoPlaces();
    const tasks = [{ inputs: [0, 1] }, { inputs: [0] }];
    expect(assignedTasks(core.submit({ firstTask: 2, firstObject: 2, tasks }))).toEqual({ 1: [3], 2: [2] });
  });

  test("many empty inputs on one worker weigh more than one on another", () => {
    const core = new Core();
    core.open();
    core.join(1, 2, ["a", "t"]);
    core.join(2, 2, ["b", "t"]);
    core.submit({ tasks: [{ type: "a", outputs: 3 }, { type: "b" }], keep: [0, 1, 2, 3] });
    core.finish(1, [0], { sizes: [0, 0, 0] });
    core.finish(2, [1], { sizes: [100] });
    const tasks = [{ inputs: [3, 0, 1, 2] }];
    expect(assignedTasks(core.submit({ firstTask: 2, firstObject: 4, tasks }))).toEqual({ 1: [2] });
  });

  test("not to a worker that cannot run it, whatever objects it has", () => {
    const core = twoPlaces();
    const tasks = [{ type: "a", inputs: [0, 1] }];
    const effects = core.submit({ firstTask: 2, firstObject: 2, tasks });
    expect(only(effects, "assign")).toMatchObject([{ worker: 1, sources: [0xffffffff, 2] }]);
  });

  test("to an idle worker rather than behind others where its inputs are", () => {
    const core = twoPlaces();
    const tasks = times(4, { inputs: [1] });
    expect(loads(core.submit({ firstTask: 2, firstObject: 2, tasks }))).toEqual({ 1: 2, 2: 2 });
  });

  test("to the worker with its inputs as long as the tasks are short", () => {
    const core = twoPlaces();
    core.submit({ firstTask: 2, firstObject: 2, tasks: times(2, { inputs: [0], outputs: 0 }) });
    core.finish(1, [2, 3], { seconds: 1e-5 });
    const tasks = times(20, { inputs: [0] });
    expect(loads(core.submit({ firstTask: 4, firstObject: 2, tasks }))).toEqual({ 1: 20 });
  });

  test("a few tasks without inputs are spread evenly, free cpus first", () => {
    const core = new Core();
    core.open();
    for (const worker of [1, 2, 3]) core.join(worker, 2);
    expect(loads(core.submit(independent(6)))).toEqual({ 1: 2, 2: 2, 3: 2 });
    expect(loads(core.submit({ ...independent(3), firstTask: 6, firstObject: 6 }))).toEqual({
      1: 1,
      2: 1,
      3: 1,
    });
  });

  test("many short tasks are spread evenly, too", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit(independent(1));
    core.finish(1, [0], { seconds: 1e-5 });
    for (const worker of [2, 3]) core.join(worker);
    const given = loads(core.submit({ ...independent(3000), firstTask: 1, firstObject: 1 }));
    expect(given).toEqual({ 1: 1000, 2: 1000, 3: 1000 });
  });
});

describe("a nearly idle worker", () => {
  /** Worker 1 is saturated, and tasks of 20 ms that need its object wait in its own queue. */
  function longQueue(tasks: number) {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.finish(1, [0], { seconds: 0.02 });
    core.submit({ firstTask: 1, firstObject: 1, tasks: times(tasks, { inputs: [0], outputs: 0 }) });
    return core;
  }

  test("steals from the end of another's queue", () => {
    const core = longQueue(8);
    expect(assignedTaskCount(core.state, 1)).toBe(3);
    expect(only(core.join(2), "assign")).toMatchObject([
      { worker: 2, tasks: [8, 7], sources: [1, 0xffffffff] },
    ]);
  });

  test("steals nothing that the other will soon have done", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.finish(1, [0], { seconds: 1e-6 });
    core.submit({ firstTask: 1, firstObject: 1, tasks: times(4100, { inputs: [0], outputs: 0 }) });
    expect(assignedTaskCount(core.state, 1)).toBe(4096);
    expect(assignedTasks(core.join(2))).toEqual({});
    expect(assignedTaskCount(core.state, 1)).toBe(4096);
  });

  test("steals short tasks as well if the other is busy with long ones", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.finish(1, [0], { seconds: 1e-6 });
    core.submit({ firstTask: 1, firstObject: 1, tasks: times(4100, { inputs: [0], outputs: 0 }) });
    core.join(2);
    expect(assignedTasks(core.started(1, [1]))[2]).toContain(4100);
  });
});

describe("fairness", () => {
  test("sessions take turns, however many tasks they have", () => {
    const core = new Core();
    for (const session of [1, 2, 3]) {
      core.open(session);
      core.submit(independent(session === 1 ? 1000 : 4), session);
    }
    const perSession = only(core.join(1, 6), "assign").map(({ session, tasks }) => [session, tasks.length]);
    expect(perSession).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
    ]);
  });

  test("a session whose tasks have their inputs on a worker does not keep others away from it", () => {
    const core = new Core();
    core.open(1);
    core.open(2);
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.finish(1, [0], { seconds: 0.001 });
    core.submit(independent(200), 2);
    core.submit({ firstTask: 1, firstObject: 1, tasks: times(200, { inputs: [0], outputs: 0 }) });
    const effects = core.finish(1, [0, 1, 2], { session: 2, seconds: 0.001 });
    const given = only(effects, "assign").sort((one, other) => one.session - other.session);
    expect(given.map(({ session, tasks }) => [session, tasks.length])).toEqual([
      [1, 25],
      [2, 25],
    ]);
  });

  test("within a session, tasks that have their inputs on the worker come first", () => {
    const core = new Core();
    core.open();
    core.join(1);
    const tasks = [...times(3, {}), { inputs: [0] }, { inputs: [1] }, ...times(5, {})];
    core.submit({ tasks });
    expect(assignedTasks(core.finish(1, [0, 1]))).toEqual({ 1: [3, 4] });
  });
});

describe("work per task", () => {
  /** Scheduling work per task when `tasks` short tasks of `sessions` sessions run on `workers` workers. */
  function workPerTask(tasks: number, workers: number, sessions: number, withMisfits = false) {
    const core = new Core();
    const { state } = core;
    const quiet = (event: Parameters<Core["do"]>[0]) => core.quietly(event);
    const misfits = chunk({ tasks: [{ type: "nowhere" }] });
    const pending: [worker: number, session: number, tasks: Uint32Array][] = [];
    const run = (event: Parameters<Core["do"]>[0]) => {
      for (const effect of quiet(event)) {
        if (effect.kind === "assign") pending.push([effect.worker, effect.session, effect.tasks]);
      }
    };
    for (let session = 1; session <= sessions; session++) {
      run({ kind: "sessionOpened", session });
      const all = [independent(tasks / sessions)];
      if (withMisfits) all.push({ ...misfits, firstTask: tasks / sessions, firstObject: tasks / sessions });
      run({ kind: "submitted", session, chunks: all });
    }
    for (let worker = 1; worker <= workers; worker++) {
      run({ kind: "workerJoined", worker, capacity: capacity(1, ["t"]) });
    }
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [worker, session, some] = next;
      const durations = new Float32Array(some.length).fill(1e-4);
      run({
        kind: "tasksFinished",
        worker,
        session,
        tasks: some,
        durations,
        sizes: new Float64Array(some.length),
      });
    }
    return state.work / tasks;
  }

  test("does not grow with the number of ready tasks", () => {
    expect(workPerTask(20_000, 2, 1)).toBeLessThan(1.1 * workPerTask(1000, 2, 1) + 0.1);
  });

  test.each([
    ["thousands of sessions", 2, 2000, false],
    ["hundreds of workers", 200, 1, false],
    ["both, and tasks that fit nowhere", 200, 2000, true],
  ])("is small with %s", (_, workers, sessions, withMisfits) => {
    expect(workPerTask(20_000, workers, sessions, withMisfits)).toBeLessThan(5);
  });
});

test("the worker of a task is known while it has the task and afterwards", () => {
  const core = new Core();
  core.open();
  core.submit({ tasks: [{}] });
  expect(taskWorker(core.state, 1, 0)).toBeUndefined();
  core.join(3);
  expect(taskWorker(core.state, 1, 0)).toBe(3);
  core.finish(3, [0]);
  expect(taskWorker(core.state, 1, 0)).toBe(3);
});
