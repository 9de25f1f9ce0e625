import { describe, expect, test } from "vitest";
import { blockedTasks, taskCounts } from "../../../../../src/runtime/core/index.ts";
import type { WorkerCapacity } from "../../../../../src/runtime/model/worker-capacity.ts";
import { DRY_SESSION, DryRun } from "../../../../../src/runtime/server/dry-run/simulate.ts";
import { type ChunkSketch, capacity, chunk, type TaskSketch } from "../../core/harness.ts";

const times = (count: number, task: TaskSketch) => Array.from({ length: count }, () => task);

/** Runs a whole graph on workers 1, 2, … with tasks of one second. */
function dryRun(capacities: WorkerCapacity[], sketch: ChunkSketch, secondsOf = (_type: string) => 1) {
  const workers = new Map(capacities.map((offer, i) => [i + 1, offer]));
  const run = new DryRun(workers, [chunk(sketch)], secondsOf);
  while (run.advance(10));
  const ran = [...run.workers.values()].map((worker) => worker.ran);
  return { run, ran, counts: taskCounts(run.core, DRY_SESSION) };
}

describe("a dry run", () => {
  test("spreads tasks over the workers by their cpus", () => {
    const { run, ran } = dryRun([capacity(1, ["t"]), capacity(3, ["t"])], { tasks: times(40, {}) });
    expect(ran.map((tasks) => tasks.length)).toEqual([10, 30]);
    expect(run.now).toBe(10);
  });

  test("runs dependent tasks later, with the known durations", () => {
    const { run, ran } = dryRun(
      [capacity(2, ["slow", "t"])],
      { constants: [5], tasks: [{ type: "slow", inputs: [0] }, { inputs: [1] }, {}] },
      (type) => (type === "slow" ? 7 : 2),
    );
    expect([ran, run.now]).toEqual([[[0, 2, 1]], 9]);
    expect(run.workers.get(1)?.fetched).toBe(1);
  });

  test("never exceeds the resources, and runs higher priorities first", () => {
    const offer = capacity(4, ["t"], { named: { gpu: 1 } });
    const tasks = [...times(3, { named: { gpu: 1 } }), ...times(4, {}), { priority: 1 }];
    const { run, ran } = dryRun([offer], { tasks });
    expect(run.now).toBe(3);
    expect(ran[0]?.[0]).toBe(7);
  });

  test("reports tasks that cannot run, and tasks that wait for them", () => {
    const tasks = [{}, { named: { gpu: 1 } }, { inputs: [1] }];
    const { run, counts } = dryRun([capacity(1, ["t"])], { tasks });
    expect(counts).toMatchObject({ finished: 1, ready: 1, waiting: 1 });
    expect(blockedTasks(run.core, DRY_SESSION)).toEqual([
      { tasks: 1, example: 1, reasons: [{ worker: 1, reason: "lacks the resource gpu" }] },
    ]);
  });

  test("is deterministic", () => {
    const offers = [capacity(2, ["t"]), capacity(3, ["t"])];
    const sketch = { tasks: Array.from({ length: 50 }, (_, i) => ({ inputs: i > 9 ? [i - 10] : [] })) };
    expect(dryRun(offers, sketch).ran).toEqual(dryRun(offers, sketch).ran);
  });
});
