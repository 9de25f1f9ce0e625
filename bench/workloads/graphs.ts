import { strict as assert } from "node:assert";
import { blob, type Task, tasks } from "../../src/index.ts";
import { itemAt } from "../item-at.ts";
import { runDask } from "../peers/dask.ts";
import { runGraph } from "../rain-cluster.ts";
import type { Peers, Workload } from "../workload.ts";

/** `count` tasks without inputs that return an empty blob. */
export function independent(count: number): Workload {
  return {
    title: `independent empty tasks, ${count.toLocaleString("en")}`,
    unit: "task",
    peers: count <= 100_000 ? daskPeers("independent", count) : {},
    rain: async (bench) => {
      let all: Task[] = [];
      return runGraph(
        await bench.cluster(),
        () => {
          all = Array.from({ length: count }, () => tasks.concat([]));
          itemAt(all, count - 1).keep();
          return { submit: all, tasks: count };
        },
        async () => {
          assert.equal(
            (
              await itemAt(all, count - 1)
                .output.fetch()
                .bytes()
            ).length,
            0,
          );
        },
      );
    },
  };
}

/** Layers of width 2^levels. Each task concatenates two results of the previous layer. Sources are blobs of `size` bytes. */
export function fft(levels: number, size = 0): Workload {
  const width = 1 << levels;
  return {
    title: `fft, L = ${levels}${size ? `, blobs of ${size} bytes` : ""}, ${((levels + 1) * width).toLocaleString("en")} tasks`,
    unit: "task",
    peers: levels <= 12 ? daskPeers("fft", levels, size) : {},
    rain: async (bench) => {
      let last: Task[] = [];
      return runGraph(
        await bench.cluster(),
        () => {
          const source = size ? [blob(new Uint8Array(size).fill(120))] : [];
          last = Array.from({ length: width }, () => tasks.concat(source));
          for (let level = 0; level < levels; level++) {
            last = last.map((task, i) => tasks.concat([task, itemAt(last, (i + (1 << level)) % width)]));
          }
          itemAt(last, 0).keep();
          return { submit: last, tasks: (levels + 1) * width };
        },
        async () => {
          const bytes = await itemAt(last, 0).output.fetch().bytes();
          assert.equal(bytes.length, size * width);
          assert(bytes.every((byte) => byte === 120));
        },
      );
    },
  };
}

/** Layers of tasks. Each task concatenates two results of the previous layer, chosen at random with a fixed seed. */
export function layered(width: number, depth: number): Workload {
  return {
    title: `random layers, ${width} × ${depth}`,
    unit: "task",
    peers: daskPeers("layered", width, depth),
    rain: async (bench) => {
      let last: Task[] = [];
      return runGraph(
        await bench.cluster(),
        () => {
          const random = seeded(1);
          last = Array.from({ length: width }, () => tasks.concat([]));
          for (let layer = 1; layer < depth; layer++) {
            const before = last;
            const any = () => itemAt(before, random(width));
            last = before.map(() => tasks.concat([any(), any()]));
          }
          itemAt(last, 0).keep();
          // Unreachable tasks are omitted, as on the peer.
          return { submit: last, tasks: reachable(last) };
        },
        async () => {
          assert.equal((await itemAt(last, 0).output.fetch().bytes()).length, 0);
        },
      );
    },
  };
}

/** A chain of tasks, each of which needs the previous one. */
export function chain(length: number): Workload {
  return {
    title: `chain of ${length.toLocaleString("en")}`,
    unit: "task",
    peers: daskPeers("chain", length),
    rain: async (bench) => {
      let task = tasks.concat([blob("x")]);
      return runGraph(
        await bench.cluster(),
        () => {
          for (let i = 1; i < length; i++) task = tasks.concat([task]);
          task.keep();
          return { submit: task, tasks: length };
        },
        async () => {
          assert.equal(await task.output.fetch().text(), "x");
        },
      );
    },
  };
}

/** One task, `width` tasks that need it, and one task that needs all of these. */
export function fan(width: number): Workload {
  return {
    title: `fan-out and fan-in of ${width.toLocaleString("en")}`,
    unit: "task",
    peers: daskPeers("fan", width),
    rain: async (bench) => {
      let join = tasks.concat([]);
      return runGraph(
        await bench.cluster(),
        () => {
          const source = tasks.concat([blob("x")]);
          join = tasks.concat(Array.from({ length: width }, () => tasks.concat([source]))).keep();
          return { submit: join, tasks: width + 2 };
        },
        async () => {
          assert.equal((await join.output.fetch().bytes()).length, width);
        },
      );
    },
  };
}

/** Dask with default settings, and without queuing on the scheduler, which is faster for small tasks. */
export function daskPeers(name: string, ...args: number[]): Peers {
  return {
    dask: (runs) => runDask(name, args, { runs, tuned: false }),
    "dask-tuned": (runs) => runDask(name, args, { runs, tuned: true }),
  };
}

/** Random integers below a bound, the same in every run: a linear congruential generator (constants of Numerical Recipes). */
function seeded(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function reachable(ends: readonly Task[]): number {
  const seen = new Set(ends);
  for (const task of seen) for (const { producer } of task.inputs) if (producer) seen.add(producer);
  return seen.size;
}
