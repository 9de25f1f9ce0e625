import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { blob, task, tasks } from "../../src/index.ts";
import { type RainCluster, runGraph } from "../rain-cluster.ts";
import type { Bench, Workload } from "../sample.ts";

const PLUGIN = fileURLToPath(new URL("../../bench/plugin", import.meta.url));
const TYPE = "bench/stamp";
const DEADLINE_SECONDS = 20;

/** `count` short tasks of a plugin, each with its own config, whose results are joined and compared byte by byte. */
export function plugin(count: number): Workload {
  return {
    title: `tasks of a plugin, ${count.toLocaleString("en")}`,
    unit: "task",
    async rain(bench) {
      const cluster = await bench.cluster();
      await offerPlugin(bench, cluster);
      const source = blob("rain");
      const joined = tasks
        .concat(Array.from({ length: count }, (_, i) => task(TYPE, { inputs: [source], config: i })))
        .keep();
      return runGraph(
        cluster,
        () => ({ submit: joined, tasks: count + 1 }),
        async () => {
          const bytes = Buffer.from(await joined.output.fetch().bytes());
          assert.equal(bytes.length, 8 * count);
          for (let i = 0; i < count; i++) {
            assert.equal(bytes.readUInt32BE(8 * i), i);
            assert.equal(bytes.toString("latin1", 8 * i + 4, 8 * i + 8), "rain");
          }
        },
      );
    },
  };
}

async function offerPlugin({ rain, directory }: Bench, { client }: RainCluster): Promise<void> {
  const isOffered = async () => (await client.taskTypes()).types.some(({ name }) => name === TYPE);
  if (await isOffered()) return;
  const [program, ...args] = rain;
  const env = { RAIN_HOME: join(directory, "home") };
  await execa(program, [...args, "plugins", "link", PLUGIN], { env });
  const deadline = performance.now() + DEADLINE_SECONDS * 1000;
  while (!(await isOffered())) {
    assert(performance.now() < deadline, `no worker offers ${TYPE}`);
    await delay(100);
  }
}
