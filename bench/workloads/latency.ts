import { strict as assert } from "node:assert";
import { execa } from "execa";
import { blob, tasks } from "../../src/index.ts";
import { itemAt } from "../item-at.ts";
import { countUse, startRain } from "../rain-cluster.ts";
import { median } from "../sample.ts";
import type { Workload } from "../workload.ts";

import { daskPeers } from "./graphs.ts";

/** Repeatedly submits one task, waits for it and fetches its result, with a connected client. */
export function roundTrip(count: number): Workload {
  return {
    title: "round trip of one task",
    unit: "run",
    peers: daskPeers("round_trip", count),
    rain: async (bench) => {
      const cluster = await bench.cluster();
      await using session = await cluster.client.newSession({ name: "round trip" });
      const usedSince = countUse(cluster);
      const known: number[] = [];
      const fetched: number[] = [];
      for (let i = 0; i < count; i++) {
        const start = performance.now();
        const task = tasks.concat([blob("x")]).keep();
        await session.submit(task);
        await task.wait();
        known.push(performance.now() - start);
        assert.equal(await task.output.fetch().text(), "x");
        fetched.push(performance.now() - start);
      }
      return {
        seconds: fetched.reduce((sum, time) => sum + time, 0) / 1000,
        amount: count,
        figures: { ...percentiles("", known), ...percentiles("fetched ", fetched), ...usedSince(count) },
      };
    },
  };
}

/** The duration of `rain ARGUMENT`, compared with a Node process that does nothing. */
export function commandStart(argument: string): Workload {
  return {
    title: `\`rain ${argument}\` against \`node -e 0\``,
    unit: "run",
    peers: { node: (runs) => timed(runs, [process.execPath, "-e", "0"]) },
    rain: async ({ rain }) => itemAt(await timed(1, [...rain, argument]), 0),
  };
}

/** The duration of `rain start`, which ends when the server and two workers are ready. */
export function clusterStart(): Workload {
  return {
    title: "`rain start` to ready",
    unit: "run",
    rain: async ({ rain, directory }) => {
      const start = performance.now();
      const cluster = await startRain(rain, directory);
      const seconds = (performance.now() - start) / 1000;
      assert.equal(cluster.pids.workers.length, 2);
      await cluster.stop();
      return { seconds, amount: 1 };
    },
  };
}

function percentiles(what: string, times: number[]): Record<string, number> {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    [`${what}p50 ms`]: itemAt(sorted, sorted.length >> 1),
    [`${what}p99 ms`]: itemAt(sorted, Math.floor(sorted.length * 0.99)),
  };
}

/** Each sample is the median of ten starts, because one start is too short to measure. */
async function timed(runs: number, [program = "", ...args]: string[]) {
  const samples = [];
  for (let run = 0; run < runs; run++) {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const start = performance.now();
      await execa(program, args);
      times.push((performance.now() - start) / 1000);
    }
    samples.push({ seconds: median(times), amount: 1 });
  }
  return samples;
}
