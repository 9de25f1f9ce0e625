import { execa } from "execa";
import { tasks } from "../../src/index.ts";
import { runGraph } from "../rain-cluster.ts";
import type { Workload } from "../workload.ts";

import { daskPeers } from "./graphs.ts";

/** Runs `true` `count` times, two at a time. */
export function runTrue(count: number): Workload {
  return {
    title: `run \`true\`, ${count.toLocaleString("en")} times`,
    unit: "task",
    peers: {
      ...daskPeers("run", count),
      async xargs(runs) {
        const samples = [];
        for (let i = 0; i < runs; i++) {
          const input = Array.from({ length: count }, (_, n) => n).join("\n");
          const start = performance.now();
          await execa("xargs", ["-P2", "-n1", "true"], { input });
          samples.push({ seconds: (performance.now() - start) / 1000, amount: count });
        }
        return samples;
      },
    },
    rain: async (bench) =>
      runGraph(
        await bench.cluster(),
        () => ({ submit: Array.from({ length: count }, () => tasks.run(["true"])), tasks: count }),
        async () => {},
      ),
  };
}
