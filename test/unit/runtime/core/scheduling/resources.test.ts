import { describe, expect, test } from "vitest";
import { blockedTasks, checkSubmit } from "../../../../../src/runtime/core/index.ts";
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

function opened() {
  const core = new Core();
  core.open();
  return core;
}

describe("a worker is given what it can run", () => {
  const able = { memory: 8, named: { gpu: 2 }, labels: { zone: "eu", disk: "ssd" } };

  test.each<[string, TaskSketch, boolean]>([
    ["as much memory as it has", { memory: 8 }, true],
    ["more memory", { memory: 9 }, false],
    ["as much of a named resource as it has", { named: { gpu: 2 } }, true],
    ["more of it", { named: { gpu: 3 } }, false],
    ["a named resource that it lacks", { named: { fpga: 1 } }, false],
    ["nothing of one that it lacks", { named: { fpga: 0 } }, true],
    ["a property of every object", { named: { toString: 1 } }, false],
    ["some of its labels", { where: { labels: { zone: "eu" } } }, true],
    ["another value of a label", { where: { labels: { zone: "us" } } }, false],
    ["a label that it lacks", { where: { labels: { rack: "1" } } }, false],
    ["this worker among others", { where: { workers: [7, 1] } }, true],
    ["another worker", { where: { workers: [7] } }, false],
    ["no worker", { where: { workers: [] } }, false],
    ["a task type among all those that it offers", { type: "mine/any" }, true],
    ["one that only begins like them", { type: "mines/any" }, false],
  ])("a task that asks for %s", (_, task, isGiven) => {
    const before = opened();
    before.submit({ tasks: [task] });
    expect(assignedTasks(before.join(1, 1, ["t", "mine/*"], able))).toEqual(isGiven ? { 1: [0] } : {});
    const after = opened();
    after.join(1, 1, ["t", "mine/*"], able);
    expect(assignedTasks(after.submit({ tasks: [task] }))).toEqual(isGiven ? { 1: [0] } : {});
  });

  test("one that does not say how much memory it has is given any task", () => {
    const core = opened();
    core.submit({ tasks: [{ memory: 1e15 }] });
    expect(assignedTasks(core.join(1))).toEqual({ 1: [0] });
  });

  test("a task that names workers goes to the first of them that is free, though its inputs are elsewhere", () => {
    const core = opened();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.finish(1, [0]);
    for (const worker of [2, 3]) core.join(worker);
    const tasks = times(2, { inputs: [0], where: { workers: [2, 3] } });
    expect(assignedTasks(core.submit({ firstTask: 1, firstObject: 1, tasks }))).toEqual({ 2: [1], 3: [2] });
  });
});

describe("a scarce resource", () => {
  test("is not exceeded by startable tasks, and only a few surplus tasks are assigned", () => {
    const core = opened();
    core.join(1, 8, ["t"], { named: { gpu: 1 } });
    expect(assignedTasks(core.submit({ tasks: times(100, { named: { gpu: 1 } }) }))).toEqual({
      1: [0, 1, 2],
    });
    expect(core.state.workers[1]!.used.get("gpu")).toBe(1);
    expect(assignedTasks(core.finish(1, [0]))).toEqual({ 1: [3] });
  });

  test("does not keep its worker from running other tasks", () => {
    const core = opened();
    core.join(1, 2, ["t"], { named: { gpu: 1 } });
    core.submit({ tasks: [...times(100, { named: { gpu: 1 } }), ...times(1000, {})] });
    core.started(1, [0]);
    const plain = () => core.state.workers[1]!.unstarted.length;
    expect(plain()).toBe(3);
    // They are short, so many are assigned, although long ones wait for the gpu.
    core.finish(1, [100, 101, 102], { seconds: 1e-4 });
    expect(plain()).toBeGreaterThan(100);
  });

  test("has surplus tasks retracted for an idle worker that has some of it", () => {
    const core = opened();
    core.join(1, 8, ["t"], { named: { gpu: 1 } });
    core.submit({ tasks: times(2, { named: { gpu: 1 } }) });
    expect(only(core.join(2, 8, ["t"], { named: { gpu: 1 } }), "retract")).toMatchObject([
      { worker: 1, tasks: [1] },
    ]);
    expect(assignedTasks(core.returned(1, [1]))).toEqual({ 2: [1] });
  });

  test("is free again when its session ends", () => {
    const core = opened();
    core.join(1, 8, ["t"], { named: { gpu: 1 }, memory: 10 });
    core.submit({ tasks: times(9, { named: { gpu: 1 }, memory: 10 }) });
    core.cancel();
    core.open(2);
    expect(assignedTasks(core.submit({ tasks: [{ named: { gpu: 1 }, memory: 10 }] }, 2))).toEqual({ 1: [0] });
  });

  test("needs no more scheduling work per task", () => {
    const core = opened();
    for (let worker = 1; worker <= 100; worker++) {
      core.quietly({
        kind: "workerJoined",
        worker,
        capacity: capacity(8, ["t"], { named: { gpu: 1 } }),
      });
    }
    const scarce = { ...independent(5000), kinds: chunk({ tasks: [{ named: { gpu: 1 } }] }).kinds };
    const pending = core.quietly({ kind: "submitted", session: 1, chunks: [scarce] });
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next.kind !== "assign") continue;
      const { worker, tasks } = next;
      const durations = new Float32Array(tasks.length).fill(1);
      const sizes = new Float64Array(tasks.length);
      pending.push(...core.quietly({ kind: "tasksFinished", worker, session: 1, tasks, durations, sizes }));
    }
    expect(core.state.work / 5000).toBeLessThan(10);
  });
});

describe("priority", () => {
  /** Runs all tasks on worker 1, one at a time, and returns the order in which it was given them. */
  function orderOf(core: Core, effects: PlainEffect[]): string[] {
    const queue = [...effects];
    const order: string[] = [];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.kind !== "assign") continue;
      const { session, tasks } = next;
      for (const task of tasks) {
        order.push(`${session}.${task}`);
        queue.push(...core.finish(1, [task], { session, seconds: 10 }));
      }
    }
    return order;
  }

  test("takes precedence over the order of arrival, across classes and sessions", () => {
    const core = opened();
    core.open(2);
    core.submit({ tasks: [...times(4, { priority: -1 }), {}, ...times(4, { cpus: 0.5, priority: 1 })] });
    core.submit({ tasks: [...times(2, { priority: 1 }), ...times(3, { priority: 3 })] }, 2);
    const order = orderOf(core, core.join(1));
    expect(order.slice(0, 3)).toEqual(["2.2", "2.3", "2.4"]);
    expect(order.slice(3, 9).sort()).toEqual(["1.5", "1.6", "1.7", "1.8", "2.0", "2.1"]);
    expect(order.slice(9)).toEqual(["1.4", "1.0", "1.1", "1.2", "1.3"]);
  });

  test("takes precedence over the place of the inputs", () => {
    const core = opened();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.finish(1, [0], { seconds: 1e-6 });
    const tasks = [...times(5000, {}), ...times(5000, { inputs: [0], priority: 1 })];
    core.submit({ firstTask: 1, firstObject: 1, tasks });
    // Worker 1 has the inputs and is saturated with urgent tasks. The other tasks are not for worker 2 yet.
    const { 2: given = [] } = assignedTasks(core.join(2));
    expect(given.length).toBeGreaterThan(0);
    expect(given.slice(0, 100).every((task) => task > 5000)).toBe(true);
  });
});

describe("tasks that no worker can run", () => {
  test("are reported with the reason for each worker", () => {
    const core = opened();
    core.join(1, 2, ["t"], { memory: 2 ** 30, labels: { zone: "us" } });
    core.join(3, 8, ["t", "u"], { named: { gpu: 1 } });
    const big = { cpus: 8, named: { gpu: 2 }, where: { labels: { zone: "eu" } } };
    core.submit({
      tasks: [{}, ...times(3, big), { type: "u", memory: 2 ** 31, where: { workers: [1, 9] } }],
    });
    expect(blockedTasks(core.state, 1)).toEqual([
      {
        tasks: 3,
        example: 1,
        reasons: [
          {
            worker: 1,
            reason: "has 2 of the 8 cpus needed, lacks the resource gpu, lacks the label zone=eu",
          },
          { worker: 3, reason: "has 1 of the 2 gpu needed, lacks the label zone=eu" },
        ],
      },
      {
        tasks: 1,
        example: 4,
        reasons: [
          { worker: 1, reason: "does not offer the task type u, has 1 GiB of the 2 GiB of memory needed" },
          { worker: 3, reason: "is not among the workers named (1, 9)" },
        ],
      },
    ]);
    core.join(9, 9, ["u"]);
    expect(blockedTasks(core.state, 1)).toHaveLength(1);
  });

  test("are reported without reasons while there are no workers", () => {
    const core = opened();
    core.submit({ tasks: [{}, { inputs: [0] }] });
    expect(blockedTasks(core.state, 1)).toEqual([{ tasks: 1, example: 0, reasons: [] }]);
    expect(blockedTasks(core.state, 2)).toEqual([]);
  });
});

test.each<[TaskSketch, string]>([
  [{ memory: -1 }, "kind 0 asks for -1 bytes of memory"],
  [{ named: { gpu: Number.NaN } }, "kind 0 asks for NaN gpu"],
  [{ named: { memory: 1 } }, "kind 0 asks for a named resource called memory"],
  [{ priority: Number.POSITIVE_INFINITY }, "kind 0 has priority Infinity"],
  [{ retries: 256 }, "kind 0 asks for 256 retries; at most 255 are allowed"],
  [{ retries: { times: 1.5 } }, "kind 0 asks for 1.5 retries; at most 255 are allowed"],
  [{ retries: { times: 1, delay: -1 } }, "kind 0 asks for a delay of -1 seconds"],
  [{ retries: { times: 1, backoff: 0.5 } }, "kind 0 asks for a backoff of 0.5, which is less than 1"],
  [
    { retries: { times: 1, delay: 5, maxDelay: Number.NaN } },
    "kind 0 asks for a maximum delay of NaN seconds",
  ],
])("a submit with %j is refused", (task, message) => {
  expect(checkSubmit(opened().state, 1, [chunk({ tasks: [task] })])).toBe(message);
});
