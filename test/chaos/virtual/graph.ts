import type { GraphChunk, GraphKind } from "../../../src/runtime/model/graph.ts";
import type { WorkerCapacity } from "../../../src/runtime/model/worker-capacity.ts";
import { chunk, type TaskSketch } from "../../unit/runtime/core/chunk.ts";
import { below, pick, type Random } from "../random.ts";
import type { SimulatedSession } from "./session.ts";

const TYPES = ["a", "b", "c"];
const NAMED: Record<string, number>[] = [
  { gpu: 1 },
  { gpu: 2 },
  { port: 1 },
  { gpu: 1, port: 1 },
  { gpu: 0 },
];
const RETRIES: GraphKind["retries"][] = [
  1,
  3,
  { times: 2, delay: 0.02 },
  { times: 3, delay: 0.5, backoff: 3, maxDelay: 2 },
];
/** Slot of the worker that can run every task. It joins last. */
export const ABLE = 1000;
const PLACES: GraphKind["where"][] = [
  { labels: { zone: "a" } },
  { labels: { disk: "ssd" } },
  { workers: [ABLE, 1] },
  { workers: [ABLE, 2, 3], labels: { zone: "a" } },
];

export const ABLE_CAPACITY: WorkerCapacity = {
  cpus: 2,
  memory: 4,
  named: { gpu: 2, port: 1 },
  labels: { zone: "a", disk: "ssd" },
  types: new Set(TYPES),
};

export const randomTypes = (random: Random) => new Set(TYPES.filter(() => random() < 0.7));

export function randomCapacity(random: Random): WorkerCapacity {
  return {
    cpus: 1 + below(random, 4),
    types: randomTypes(random),
    memory: pick(random, [undefined, 0, 2, 4, 7]),
    named: pick<Record<string, number>>(random, [{}, {}, { gpu: 1 }, { gpu: 3 }, { gpu: 2, port: 1 }])!,
    labels: pick<Record<string, string>>(random, [
      {},
      { zone: "a" },
      { zone: "b" },
      { zone: "a", disk: "ssd" },
    ])!,
  };
}

/** A random chunk that continues the graph of a session. Some tasks name the same input twice. */
export function randomChunk(random: Random, session: SimulatedSession): GraphChunk {
  const firstObject = session.objectCount;
  const usable = [...session.kept];
  const objects: number[] = [];
  let next = firstObject;
  const create = () => {
    objects.push(next);
    usable.push(next++);
  };
  const constants = Array.from({ length: below(random, 3) }, () => below(random, 5000));
  for (const _ of constants) create();
  const count = below(random, random() < 0.2 ? 60 : 12);
  const tasks = Array.from({ length: count }, (): TaskSketch => {
    const inputs: number[] = [];
    for (let n = below(random, 4); n > 0; n--) {
      const object = pick(random, usable);
      if (object !== undefined) inputs.push(object);
    }
    if (inputs.length > 0 && random() < 0.2) inputs.push(inputs[0]!);
    const outputs = below(random, 3);
    for (let n = 0; n < outputs; n++) create();
    return {
      inputs,
      outputs,
      type: pick(random, TYPES),
      cpus: 1 + below(random, 2),
      shipped: random() < 0.2,
      ...(random() < 0.3 && { memory: 1 + below(random, 4) }),
      ...(random() < 0.3 && { named: pick(random, NAMED) }),
      ...(random() < 0.2 && { where: pick(random, PLACES) }),
      ...(random() < 0.3 && { priority: below(random, 3) - 1 }),
      ...(random() < 0.3 && { retries: pick(random, RETRIES) }),
      group: `g${below(random, 3)}`,
    };
  });
  const keep = objects.filter(() => random() < 0.3);
  const firstTask = session.tasks.length;
  const order = tasks.flatMap((_, i) => {
    const task = firstTask + i;
    return task > 0 && random() < 0.2 ? [task, below(random, task)] : [];
  });
  const graph = chunk({ firstTask, firstObject, constants, tasks, keep });
  return order.length > 0 ? { ...graph, order: Uint32Array.from(order) } : graph;
}
