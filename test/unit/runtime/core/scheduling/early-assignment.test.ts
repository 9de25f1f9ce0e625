import { describe, expect, test } from "vitest";
import { taskState } from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, LOCAL, only, type TaskSketch } from "../harness.ts";

/** A chain of tasks: each needs the output of the previous one. */
const chainOf = (length: number, more: Omit<TaskSketch, "inputs"> = {}): TaskSketch[] =>
  Array.from({ length }, (_, task) => ({ ...more, inputs: task === 0 ? [] : [task - 1] }));

/** A core with workers of one cpu each that has measured short durations. */
function core(workers: number, tasks: TaskSketch[], seconds = 0.0001): Core {
  const created = new Core();
  for (let slot = 1; slot <= workers; slot++) created.join(slot);
  created.open();
  created.submit({ tasks: [{}] });
  created.finish(1, [0], { seconds });
  created.submit({
    firstTask: 1,
    firstObject: 1,
    tasks: tasks.map((task) => ({ ...task, inputs: task.inputs?.map((object) => object + 1) })),
  });
  return created;
}

const statesOf = (of: Core, tasks: number[]) => tasks.map((task) => taskState(of.state, 1, task));

describe("early assignment", () => {
  test("gives a whole chain of short tasks to the worker of its first", () => {
    const of = new Core();
    of.join(1);
    of.join(2);
    of.open();
    of.submit({ tasks: chainOf(5) });
    const effects = of.finish(1, [0], { seconds: 0.0001 });
    expect(only(effects, "assign")).toEqual([
      { kind: "assign", worker: 1, session: 1, tasks: [1, 2, 3, 4], sources: [LOCAL, LOCAL, LOCAL, LOCAL] },
    ]);
    expect(assignedTasks(of.finish(1, [1, 2, 3, 4]))).toEqual({});
    expect(statesOf(of, [1, 4])).toEqual(["finished", "finished"]);
  });

  test("does not happen for long tasks", () => {
    const of = core(1, chainOf(3), 1);
    expect(statesOf(of, [1, 2, 3])).toEqual(["assigned", "waiting", "waiting"]);
  });

  test("does not come before tasks that are ready", () => {
    const of = core(1, [...chainOf(2), ...Array.from({ length: 5000 }, () => ({}))]);
    expect(taskState(of.state, 1, 2)).toBe("waiting");
  });

  test("does not happen for inputs that another worker makes", () => {
    const of = core(2, [{}, {}, { inputs: [0, 1] }, { inputs: [0] }]);
    expect(statesOf(of, [1, 2, 3, 4])).toEqual(["assigned", "assigned", "waiting", "assigned"]);
  });

  test("does not happen for a task that needs more than cpus", () => {
    const of = core(1, [{}, { inputs: [0], memory: 1 }]);
    expect(statesOf(of, [1, 2])).toEqual(["assigned", "waiting"]);
  });
});

describe("early tasks are retracted, together with those that follow,", () => {
  test("when the task that makes their input has failed and is to be repeated", () => {
    const of = core(1, chainOf(4, { retries: 1 }));
    const effects = of.fail(1, 1);
    expect(only(effects, "retract")).toEqual([{ kind: "retract", worker: 1, session: 1, tasks: [2, 3, 4] }]);
    expect(assignedTasks(effects)).toEqual({ 1: [1] });
    of.returned(1, [2, 3, 4]);
    expect(statesOf(of, [1, 2, 3, 4])).toEqual(["assigned", "waiting", "waiting", "waiting"]);
    expect(assignedTasks(of.finish(1, [1], { seconds: 0.0001 }))).toEqual({ 1: [2, 3, 4] });
  });

  test("when the task that makes their input takes long after all", () => {
    const of = core(1, chainOf(3));
    expect(only(of.started(1, [1]), "retract")).toMatchObject([{ worker: 1, tasks: [2, 3] }]);
  });

  test("and become ready if the input has arrived meanwhile", () => {
    const of = core(1, chainOf(2));
    of.started(1, [1]);
    of.finish(1, [1], { seconds: 1 });
    expect(assignedTasks(of.returned(1, [2]))).toEqual({ 1: [2] });
  });

  test("but may have run before the request arrived", () => {
    const of = core(1, chainOf(2));
    of.started(1, [1]);
    of.finish(1, [1, 2]);
    of.returned(1, []);
    expect(statesOf(of, [1, 2])).toEqual(["finished", "finished"]);
  });
});

test("an early task is assigned to no other worker", () => {
  const of = core(1, chainOf(3));
  expect(only(of.join(2), "retract")).toEqual([]);
});

test("impossible reports about early tasks are ignored", () => {
  const of = core(1, chainOf(2));
  of.started(1, [2]);
  of.finish(1, [2]);
  expect(statesOf(of, [1, 2])).toEqual(["assigned", "assigned"]);
});
