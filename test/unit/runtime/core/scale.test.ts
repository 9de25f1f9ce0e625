import { describe, expect, test } from "vitest";
import { checkInvariants, type Event, taskCounts } from "../../../../src/runtime/core/index.ts";
import type { GraphChunk } from "../../../../src/runtime/model/graph.ts";
import { Core, capacity, independent } from "./harness.ts";

/** Tasks that a worker was given and has not reported. */
interface Given {
  worker: number;
  tasks: Uint32Array;
}

/** Runs a graph of tasks with one output each on instant workers of one cpu, and checks the state it leaves. */
function runAll(chunk: GraphChunk, workers: number): { core: Core; dropped: number; steps: number } {
  const core = new Core();
  const given: Given[] = [];
  let dropped = 0;
  let steps = 0;
  const apply = (event: Event) => {
    steps++;
    for (const effect of core.quietly(event)) {
      if (effect.kind === "assign") given.push({ worker: effect.worker, tasks: effect.tasks });
      if (effect.kind === "drop") dropped += effect.objects.length;
    }
  };
  apply({ kind: "sessionOpened", session: 1 });
  for (let worker = 1; worker <= workers; worker++) {
    apply({ kind: "workerJoined", worker, capacity: capacity(1, ["t"]) });
  }
  apply({ kind: "submitted", session: 1, chunks: [chunk] });
  apply({ kind: "sealed", session: 1 });
  for (let next = given.shift(); next !== undefined; next = given.shift()) {
    const { worker, tasks } = next;
    const durations = new Float32Array(tasks.length).fill(1e-5);
    const sizes = new Float64Array(tasks.length).fill(8);
    apply({ kind: "tasksFinished", worker, session: 1, tasks, durations, sizes });
  }
  checkInvariants(core.state);
  return { core, dropped, steps };
}

/** A graph of tasks with one output each and the given inputs. */
function graph(inputs: number[][]): GraphChunk {
  const inputStart = new Uint32Array(inputs.length + 1);
  for (const [task, list] of inputs.entries()) inputStart[task + 1] = inputStart[task]! + list.length;
  return { ...independent(inputs.length), inputStart, inputs: Uint32Array.from(inputs.flat()) };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

const MANY = 100_000;

describe("large graphs", () => {
  test.each([
    ["independent tasks", graph(range(MANY).map(() => [])), MANY],
    ["a chain", graph(range(10_000).map((task) => (task === 0 ? [] : [task - 1]))), 10_000],
    ["a fan-out", graph(range(MANY + 1).map((task) => (task === 0 ? [] : [0]))), MANY + 1],
    ["a fan-in", graph([...range(MANY).map(() => []), range(MANY)]), MANY + 1],
    ["one object as every input of one task", graph([[], range(MANY).map(() => 0)]), 2],
  ])("%s run to the end, and their objects go", (_, chunk, tasks) => {
    const { core, dropped } = runAll(chunk, 2);
    expect(taskCounts(core.state, 1)).toMatchObject({ total: tasks, finished: tasks });
    expect(dropped).toBeGreaterThanOrEqual(tasks);
  });

  test("a chain stays where it is, and its links are given out together", () => {
    const { core, steps } = runAll(graph(range(1000).map((task) => (task === 0 ? [] : [task - 1]))), 50);
    expect(new Set(core.state.sessions.get(1)!.graph.worker).size).toBe(1);
    expect(steps).toBeLessThan(60);
  });
});

test("a waiting task takes less than 120 bytes", () => {
  const core = new Core();
  core.open();
  core.quietly({ kind: "submitted", session: 1, chunks: [independent(MANY)] });
  const { graph, classes } = core.state.sessions.get(1)!;
  let bytes = 4 * 2 ** Math.ceil(Math.log2(MANY));
  expect(classes[0]!.shared.tasks.length).toBe(MANY);
  for (const column of [...Object.values(graph), ...Object.values(graph.replicas)]) {
    if (ArrayBuffer.isView(column)) bytes += column.byteLength;
  }
  expect(bytes / MANY).toBeLessThan(120);
});

test("closing a session frees everything", () => {
  const { core } = runAll(independent(1000), 2);
  core.quietly({ kind: "sessionClosed", session: 1 });
  const { state } = core;
  expect(state.sessions.size).toBe(0);
  expect([state.workers[1]?.assigned, state.workers[2]?.assigned]).toEqual([0, 0]);
  const [{ shared, stealable }] = state.profiles[0]!.resourceQueues;
  expect([shared.tasks, shared.levels, stealable.tasks, stealable.levels]).toEqual([0, [], 0, []]);
});
