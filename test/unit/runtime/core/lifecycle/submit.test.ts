import { describe, expect, test } from "vitest";
import { checkSubmit, taskCounts, taskState } from "../../../../../src/runtime/core/index.ts";
import type { GraphChunk } from "../../../../../src/runtime/model/graph.ts";
import { assignedTasks, Core, chunk, LOCAL, only } from "../harness.ts";

describe("submit", () => {
  test("assigns tasks without inputs at once and the others when their inputs exist", () => {
    const core = new Core();
    core.open();
    core.join(1, 4);
    expect(core.submit({ tasks: [{}, { inputs: [0] }], keep: [1] })).toEqual([
      { kind: "sessionChanged", session: 1, state: "running" },
      { kind: "assign", worker: 1, session: 1, tasks: [0], sources: [] },
    ]);
    expect(core.finish(1, [0])).toEqual([
      { kind: "tasksFinished", session: 1, worker: 1, tasks: [0] },
      { kind: "assign", worker: 1, session: 1, tasks: [1], sources: [LOCAL] },
    ]);
    expect(core.finish(1, [1])).toEqual([
      { kind: "tasksFinished", session: 1, worker: 1, tasks: [1] },
      { kind: "sessionChanged", session: 1, state: "open" },
      { kind: "drop", worker: 1, session: 1, objects: [0] },
    ]);
  });

  test("a diamond's last task waits for both sides", () => {
    const core = new Core();
    core.open();
    core.join(1, 4);
    core.submit({ tasks: [{}, { inputs: [0] }, { inputs: [0] }, { inputs: [1, 2] }] });
    expect(assignedTasks(core.finish(1, [0]))).toEqual({ 1: [1, 2] });
    expect(assignedTasks(core.finish(1, [2]))).toEqual({});
    expect(assignedTasks(core.finish(1, [1]))).toEqual({ 1: [3] });
  });

  test("a task that names one input twice waits for it once and counts as two users of it", () => {
    const core = new Core();
    core.open();
    core.join(1, 4);
    core.submit({ tasks: [{}, { inputs: [0, 0] }, { inputs: [0] }] });
    const effects = core.finish(1, [0]);
    expect(only(effects, "assign")).toEqual([
      { kind: "assign", worker: 1, session: 1, tasks: [1, 2], sources: [LOCAL, LOCAL, LOCAL] },
    ]);
    expect(only(core.finish(1, [1]), "drop").map((drop) => drop.objects)).toEqual([[1]]);
    expect(only(core.finish(1, [2]), "drop").map((drop) => drop.objects)).toEqual([[0, 2]]);
  });

  test("a worker fetches an input that a task names twice only once", () => {
    const core = new Core();
    core.open();
    core.join(1);
    const effects = core.submit({ constants: [10], tasks: [{ inputs: [0, 0] }] });
    expect(only(effects, "assign")[0]?.sources).toEqual([0, LOCAL]);
  });

  test("a later submit goes on with the numbers and uses kept objects, which may exist or not", () => {
    const core = new Core();
    core.open();
    core.join(1, 4);
    core.submit({ tasks: [{}, {}], keep: [0, 1] });
    core.finish(1, [0]);
    const later = { firstTask: 2, firstObject: 2, tasks: [{ inputs: [0] }, { inputs: [0, 1] }] };
    expect(assignedTasks(core.submit(later))).toEqual({ 1: [2] });
    expect(assignedTasks(core.finish(1, [1]))).toEqual({ 1: [3] });
  });

  test("the chunks of one submit may use each other's objects without keeping them", () => {
    const core = new Core();
    core.open();
    core.join(1, 4);
    const chunks = [
      chunk({ constants: [5], tasks: [{}] }),
      chunk({ firstTask: 1, firstObject: 2, constants: [6], tasks: [{ inputs: [0, 1, 2] }] }),
    ];
    expect(checkSubmit(core.state, 1, chunks)).toBeUndefined();
    core.do({ kind: "submitted", session: 1, chunks });
    expect(only(core.finish(1, [0]), "assign")[0]?.sources).toEqual([0, LOCAL, 0]);
  });

  test("constants that nothing needs are dropped by the server at once", () => {
    const core = new Core();
    core.open();
    expect(core.submit({ constants: [1, 2, 3], keep: [1] })).toEqual([
      { kind: "drop", worker: 0, session: 1, objects: [0, 2] },
    ]);
  });

  test("groups of the same name are one, in all submits", () => {
    const core = new Core();
    core.open();
    core.submit({ tasks: [{ group: "a" }, { group: "b" }] });
    core.submit({ firstTask: 2, firstObject: 2, tasks: [{ group: "b" }] });
    expect(taskCounts(core.state, 1)).toMatchObject({ total: 3, ready: 3 });
    expect([...core.state.sessions.get(1)!.graph.groups.keys()]).toEqual(["", "a", "b"]);
  });

  test("a submit that checkSubmit rejects makes step throw", () => {
    const core = new Core();
    expect(() => core.submit({})).toThrow();
    core.open();
    core.seal();
    expect(() => core.do({ kind: "submitted", session: 1, chunks: [chunk({})] })).toThrow(/takes no submit/);
  });

  test("a task that fits no worker waits for one that does", () => {
    const core = new Core();
    core.open();
    core.join(1, 2);
    expect(assignedTasks(core.submit({ tasks: [{ cpus: 3 }, { type: "other" }] }))).toEqual({});
    expect(assignedTasks(core.join(2, 4))).toEqual({ 2: [0] });
    expect(assignedTasks(core.join(3, 1, ["other"]))).toEqual({ 3: [1] });
    expect(taskState(core.state, 1, 0)).toBe("assigned");
  });
});

describe("checkSubmit", () => {
  const core = new Core();
  core.open();
  core.join(1, 4);
  core.submit({ constants: [1], tasks: [{}, {}, { inputs: [1] }], keep: [0, 3] });
  core.finish(1, [0, 1]);
  core.finish(1, [2]);
  core.unkeep([3]);
  core.open(2);
  core.seal(2);
  const next = { firstTask: 3, firstObject: 4 };
  const errorOf = (submitted: GraphChunk, session = 1) => checkSubmit(core.state, session, [submitted]);

  test("accepts chunks that continue the session", () => {
    expect(
      errorOf(chunk({ ...next, constants: [3], tasks: [{ inputs: [0, 4] }], keep: [4, 5] })),
    ).toBeUndefined();
  });

  test.each([
    ["an unknown session", chunk({}), 9, "there is no session 9"],
    ["an ended session", chunk({}), 2, "session 2 is finished"],
    ["a wrong task number", chunk({ ...next, firstTask: 2 }), 1, "the next task is 3, not 2"],
    ["a wrong object number", chunk({ ...next, firstObject: 5 }), 1, "the next object is 4, not 5"],
    ["its own output as input", chunk({ ...next, tasks: [{ inputs: [4] }] }), 1, "task 3 takes object 4,"],
    [
      "an object that is not kept",
      chunk({ ...next, tasks: [{ inputs: [1] }] }),
      1,
      "object 1, which has been released",
    ],
    [
      "an unkept object",
      chunk({ ...next, tasks: [{ inputs: [3] }] }),
      1,
      "object 3, which has been released",
    ],
    ["a stray keep", chunk({ ...next, keep: [0] }), 1, "object 0 is to be kept but"],
    ["no cpus", chunk({ ...next, tasks: [{ cpus: 0 }] }), 1, "kind 0 asks for 0 cpus"],
    ["NaN cpus", chunk({ ...next, tasks: [{ cpus: Number.NaN }] }), 1, "kind 0 asks for NaN cpus"],
    ["half an output", chunk({ ...next, tasks: [{ outputs: 0.5 }] }), 1, "kind 0 has 0.5 outputs"],
    ["a negative size", chunk({ ...next, constants: [-1] }), 1, "a constant has -1 bytes"],
    ["a kind out of range", { ...chunk({ ...next, tasks: [{}] }), kinds: [] }, 1, "task 3 is of kind 0"],
    ["a group out of range", { ...chunk({ ...next, tasks: [{}] }), groups: [] }, 1, "kind 0 is in group 0"],
    [
      "too few starts",
      { ...chunk({ ...next, tasks: [{}] }), inputStart: new Uint32Array(1) },
      1,
      "do not match",
    ],
    [
      "starts out of order",
      {
        ...chunk({ ...next, tasks: [{}, {}] }),
        inputs: new Uint32Array(1),
        inputStart: Uint32Array.of(0, 2, 1),
      },
      1,
      "the inputs of task 4 end before they start",
    ],
  ])("refuses %s", (_, submitted, session, error) => {
    expect(errorOf(submitted, session)).toContain(error);
  });

  test("refuses an object of an earlier submit that is needed but not kept", () => {
    const other = new Core();
    other.open();
    other.submit({ tasks: [{}, { inputs: [0] }] });
    const error = checkSubmit(other.state, 1, [
      chunk({ firstTask: 2, firstObject: 2, tasks: [{ inputs: [0] }] }),
    ]);
    expect(error).toBe("task 2 takes object 0 of an earlier submit, which is not kept");
  });

  test("refuses a session that is sealed and runs", () => {
    const other = new Core();
    other.open();
    other.submit({ tasks: [{}] });
    other.seal();
    expect(checkSubmit(other.state, 1, [])).toBe("session 1 takes no further submits");
  });
});
