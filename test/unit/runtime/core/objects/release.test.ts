import { describe, expect, test } from "vitest";
import { isKept, objectReplica, objectSize, objectState } from "../../../../../src/runtime/core/index.ts";
import { assignedTasks, Core, LOCAL, only } from "../harness.ts";

const drops = (effects: Parameters<typeof only>[0]) =>
  only(effects, "drop").map(({ worker, objects }) => [worker, objects]);

describe("the life of an object", () => {
  test("one that nothing needs is dropped as soon as it exists", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{ outputs: 2 }] });
    expect(objectState(core.state, 1, 0)).toBe("pending");
    expect(drops(core.finish(1, [0], { sizes: [3, 4] }))).toEqual([[1, [0, 1]]]);
    expect(objectState(core.state, 1, 0)).toBe("released");
    expect(objectSize(core.state, 1, 1)).toBe(4);
  });

  test("it lives until its last consumer has finished", () => {
    const core = new Core();
    core.open();
    core.join(1, 2);
    core.submit({ tasks: [{}, { inputs: [0], outputs: 0 }, { inputs: [0], outputs: 0 }] });
    core.finish(1, [0], { sizes: [7] });
    expect(objectState(core.state, 1, 0)).toBe("present");
    expect(drops(core.finish(1, [1]))).toEqual([]);
    expect(drops(core.finish(1, [2]))).toEqual([[1, [0]]]);
  });

  test("a kept one stays until it is unkept", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    expect(drops(core.finish(1, [0]))).toEqual([]);
    expect(isKept(core.state, 1, 0)).toBe(true);
    expect(core.unkeep([0])).toEqual([{ kind: "drop", worker: 1, session: 1, objects: [0] }]);
    expect(isKept(core.state, 1, 0)).toBe(false);
  });

  test("unkeep of one that does not exist yet only ends the keeping", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    expect(core.unkeep([0])).toEqual([]);
    expect(drops(core.finish(1, [0]))).toEqual([[1, [0]]]);
  });

  test("unkeep of one that is needed only ends the keeping", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}, { inputs: [0], outputs: 0 }], keep: [0] });
    core.finish(1, [0]);
    expect(core.unkeep([0])).toEqual([]);
    expect(drops(core.finish(1, [1]))).toEqual([[1, [0]]]);
  });

  test("unkeep ignores objects that are not kept or do not exist", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}, { inputs: [0] }] });
    core.finish(1, [0]);
    expect(core.unkeep([0, 1, 2, 0xffffffff])).toEqual([]);
    expect(objectState(core.state, 1, 0)).toBe("present");
  });

  test("kept objects of a finished session can be unkept", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}], keep: [0] });
    core.seal();
    core.finish(1, [0]);
    expect(drops(core.unkeep([0]))).toEqual([[1, [0]]]);
  });

  test("replicas that are only expected are dropped too; the server keeps inputs of tasks, which may have to run again", () => {
    const core = new Core();
    core.open();
    core.submit({
      constants: [100],
      tasks: [
        { inputs: [0], outputs: 0 },
        { inputs: [0], outputs: 0 },
      ],
    });
    expect(only(core.join(1), "assign")[0]?.sources).toEqual([0, LOCAL]);
    expect(drops(core.finish(1, [0, 1]))).toEqual([[1, [0]]]);
  });
});

describe("where an object is", () => {
  /** Object 0 is on worker 1, and worker 2 is given a task that needs it. */
  function withCopyOnTheWay() {
    const core = new Core();
    core.open();
    core.join(1, 1, ["make"]);
    core.submit({
      tasks: [{ type: "make" }, { inputs: [0], type: "use" }, { inputs: [0], type: "use" }],
      keep: [0],
    });
    core.finish(1, [0], { sizes: [50] });
    return core;
  }

  test("an input comes from a worker that has it", () => {
    const core = withCopyOnTheWay();
    expect(only(core.join(2, 1, ["use"]), "assign")).toEqual([
      { kind: "assign", worker: 2, session: 1, tasks: [1, 2], sources: [1, LOCAL] },
    ]);
  });

  test("a worker has the inputs of a task once it has finished it", () => {
    const core = withCopyOnTheWay();
    core.join(2, 1, ["use"]);
    core.finish(2, [1]);
    core.lose(1);
    expect(objectReplica(core.state, 1, 0)).toBe(2);
    expect(objectState(core.state, 1, 0)).toBe("present");
  });

  test("an expected copy does not count", () => {
    const core = withCopyOnTheWay();
    core.join(2, 1, ["use"]);
    expect(objectReplica(core.state, 1, 0)).toBe(1);
  });

  test("the server is a source only for objects that no worker has", () => {
    const core = new Core();
    core.open();
    core.submit({ constants: [100], tasks: [{ inputs: [0] }], keep: [0] });
    expect(objectReplica(core.state, 1, 0)).toBe(0);
    expect(only(core.join(1), "assign")[0]?.sources).toEqual([0]);
    core.finish(1, [0]);
    expect(objectReplica(core.state, 1, 0)).toBe(1);
    core.join(2, 1, ["use"]);
    const later = { firstTask: 1, firstObject: 2, tasks: [{ inputs: [0], type: "use" }] };
    expect(only(core.submit(later), "assign")[0]?.sources).toEqual([1]);
  });

  test("several replicas take turns as the source", () => {
    const core = new Core();
    core.open();
    core.submit({ constants: [100], tasks: [{ inputs: [0] }], keep: [0] });
    for (const worker of [1, 2, 3]) core.join(worker, 1, [`t${worker}`]);
    const onEach = [1, 2, 3].map((worker) => ({ inputs: [0], outputs: 0, type: `t${worker}` }));
    core.submit({ firstTask: 1, firstObject: 2, tasks: onEach });
    for (const worker of [1, 2, 3]) core.finish(worker, [worker]);
    const sources = new Set<number | undefined>();
    for (let worker = 10; worker < 30; worker++) {
      core.join(worker, 1, [`t${worker}`]);
      const task = { inputs: [0], outputs: 0, type: `t${worker}` };
      const effects = core.submit({ firstTask: worker - 6, firstObject: 2, tasks: [task] });
      expect(assignedTasks(effects)).toEqual({ [worker]: [worker - 6] });
      sources.add(only(effects, "assign")[0]?.sources[0]);
    }
    expect(sources).toEqual(new Set([1, 2, 3]));
  });
});
