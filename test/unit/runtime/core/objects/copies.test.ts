import { describe, expect, test } from "vitest";
import { objectReplica, objectState, taskState } from "../../../../../src/runtime/core/index.ts";
import { Core, only } from "../harness.ts";

/** A task with a kept output has finished on worker 1, and the server has a copy. */
function withCopy(keep: number[] = [0]): { core: Core; effects: ReturnType<Core["do"]> } {
  const core = new Core();
  core.open();
  core.join(1);
  core.submit({ tasks: [{}], keep });
  const effects = core.do({
    kind: "tasksFinished",
    worker: 1,
    session: 1,
    tasks: Uint32Array.of(0),
    durations: Float32Array.of(1),
    sizes: Float64Array.of(3),
    copies: Uint32Array.of(0),
  });
  return { core, effects };
}

describe("a result of which the server has a copy", () => {
  test("outlives its worker", () => {
    const { core } = withCopy();
    core.lose(1);
    expect(taskState(core.state, 1, 0)).toBe("finished");
    expect(objectReplica(core.state, 1, 0)).toBe(0);
  });

  test("is read from a worker as long as one has it", () => {
    expect(objectReplica(withCopy().core.state, 1, 0)).toBe(1);
  });

  test("is the input of tasks on other workers", () => {
    const { core } = withCopy();
    core.lose(1);
    core.join(2);
    const [assign] = only(core.submit({ firstTask: 1, firstObject: 1, tasks: [{ inputs: [0] }] }), "assign");
    expect(assign).toMatchObject({ worker: 2, tasks: [1], sources: [0] });
  });

  test("is dropped on the server, too, when nothing needs it any more", () => {
    const { core } = withCopy();
    const drops = only(core.unkeep([0]), "drop");
    expect(drops.map(({ worker }) => worker).sort()).toEqual([0, 1]);
    expect(objectState(core.state, 1, 0)).toBe("released");
  });

  test("is dropped at once if nothing needed it by then", () => {
    const { effects } = withCopy([]);
    expect(only(effects, "drop").map(({ worker }) => worker)).toContain(0);
  });

  test("is restored with a session after a restart of the server", () => {
    const core = new Core();
    core.restore({
      chunks: [{ tasks: [{}], keep: [0] }],
      finished: [0],
      inventories: { 0: { objects: [0] } },
    });
    expect(taskState(core.state, 1, 0)).toBe("finished");
    expect(objectReplica(core.state, 1, 0)).toBe(0);
  });
});
