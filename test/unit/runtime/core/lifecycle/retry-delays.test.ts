import { describe, expect, test } from "vitest";
import { failedRuns, retryTime, taskState, taskWorker } from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, only, type TaskSketch } from "../harness.ts";

/** A core with workers 1 to `workers` of one cpu, and these tasks. */
function started(workers: number, ...tasks: TaskSketch[]): Core {
  const core = new Core();
  core.open();
  for (let slot = 1; slot <= workers; slot++) core.join(slot);
  core.submit({ tasks });
  return core;
}

const workerOf = (core: Core, task: number) => taskWorker(core.state, 1, task)!;

describe("a task with retries", () => {
  test("runs again as often as its rule allows, then its session fails", () => {
    const core = started(1, { retries: 2 });
    for (let failed = 0; failed < 2; failed++) {
      const effects = core.fail(1, 0);
      expect(only(effects, "taskRetried")).toMatchObject([{ session: 1, task: 0, delay: 0 }]);
      expect(assignedTasks(effects)).toEqual({ 1: [0] });
    }
    const effects = core.fail(1, 0);
    expect(only(effects, "taskFailed")).toMatchObject([{ worker: 1, reason: { kind: "run", task: 0 } }]);
    expect(only(effects, "sessionChanged")).toMatchObject([{ state: "failed" }]);
    expect(failedRuns(core.state, 1, 0)).toBe(2);
  });

  test("asks for no wake-up without a delay", () => {
    const core = started(1, { retries: 1 });
    expect(only(core.fail(1, 0), "wakeAt")).toEqual([]);
  });
});

describe("a delay", () => {
  const retries = { times: 4, delay: 2, backoff: 3, maxDelay: 10 };

  test("grows by the backoff, up to the maximum", () => {
    const core = started(1, { retries });
    for (const seconds of [2, 6, 10, 10]) {
      const failed = core.fail(1, 0);
      const time = core.now + seconds;
      expect(only(failed, "taskRetried")).toMatchObject([{ task: 0, delay: seconds }]);
      expect(only(failed, "wakeAt")).toEqual([{ kind: "wakeAt", time }]);
      expect(taskState(core.state, 1, 0)).toBe("waiting");
      expect(retryTime(core.state, 1, 0)).toBe(time);
      expect(assignedTasks(core.tell(time))).toEqual({ 1: [0] });
      expect(retryTime(core.state, 1, 0)).toBeUndefined();
    }
  });

  test.each([
    [{ times: 9, delay: 60, backoff: 100 }, 60, 3600],
    [{ times: 9, delay: 7200, backoff: 2 }, 7200, 7200],
  ])("of %j is an hour at most, unless it begins with more", (retries, first, second) => {
    const core = started(1, { retries });
    expect(only(core.fail(1, 0), "taskRetried")).toMatchObject([{ delay: first }]);
    core.tell(core.now + first);
    expect(only(core.fail(1, 0), "taskRetried")).toMatchObject([{ delay: second }]);
  });

  test("is asked for again after an early wake-up, and the next one after the first", () => {
    const core = started(2, { retries }, { retries });
    core.fail(workerOf(core, 0), 0);
    const first = core.now + 2;
    expect(only(core.tell(first - 1), "wakeAt")).toMatchObject([{ time: first }]);
    expect(only(core.fail(workerOf(core, 1), 1), "wakeAt")).toEqual([]);
    const effects = core.tell(first);
    expect(Object.values(assignedTasks(effects))).toEqual([[0]]);
    expect(only(effects, "wakeAt")).toMatchObject([{ time: first + 2 }]);
  });

  test("is ignored once the session is over", () => {
    const core = started(1, { retries });
    core.fail(1, 0);
    core.cancel();
    expect(core.tell(core.now + 2)).toEqual([]);
    expect(taskState(core.state, 1, 0)).toBe("cancelled");
    core.close();
    expect(core.tell(core.now + 10)).toEqual([]);
  });

  test("counts in addition to inputs that are lost meanwhile", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}, { inputs: [0], retries }] });
    core.finish(1, [0]);
    core.fail(1, 1);
    core.lose(1);
    core.join(2);
    expect(core.tell(core.now + 2).filter(({ kind }) => kind === "assign")).toEqual([]);
    expect(assignedTasks(core.finish(2, [0]))).toEqual({ 2: [1] });
  });
});

describe("the next run", () => {
  test("is on a worker where the task has not failed yet", () => {
    const core = started(3, { retries: 3 });
    expect(assignedTasks(core.fail(1, 0))).toEqual({ 2: [0] });
    expect(assignedTasks(core.fail(2, 0))).toEqual({ 3: [0] });
    expect(Object.keys(assignedTasks(core.fail(3, 0)))).toHaveLength(1);
  });

  test("waits for such a worker while that one is busy", () => {
    const core = started(2, { retries: 1 }, {});
    const other = workerOf(core, 1);
    core.started(other, [1]);
    core.fail(workerOf(core, 0), 0);
    expect(workerOf(core, 0)).toBe(other);
    expect(only(core.join(3), "retract")).toMatchObject([{ worker: other, tasks: [0] }]);
    expect(assignedTasks(core.returned(other, [0]))).toEqual({ 3: [0] });
  });

  test("is not stolen by a worker where the task failed", () => {
    const core = started(2, { retries: 1 }, {});
    const other = workerOf(core, 1);
    core.started(other, [1]);
    const effects = core.fail(workerOf(core, 0), 0);
    expect(assignedTasks(effects)).toEqual({ [other]: [0] });
    expect(only(effects, "retract")).toEqual([]);
  });

  test("is anywhere if it has failed on all that can run it, and elsewhere once another joins", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.join(2, 1, ["other"]);
    core.submit({ tasks: [{ retries: 3 }] });
    expect(assignedTasks(core.fail(1, 0))).toEqual({ 1: [0] });
    core.change(2, ["t"]);
    expect(assignedTasks(core.fail(1, 0))).toEqual({ 2: [0] });
  });

  test("goes back to where it failed when the other worker is lost", () => {
    const core = started(2, { retries: 1 });
    core.fail(1, 0);
    expect(assignedTasks(core.lose(2))).toEqual({ 1: [0] });
  });

  test("is on one of the workers named", () => {
    const core = started(3, { retries: 2, where: { workers: [1, 3] } });
    expect(assignedTasks(core.fail(1, 0))).toEqual({ 3: [0] });
    core.lose(3);
    expect(taskState(core.state, 1, 0)).toBe("assigned");
  });
});
