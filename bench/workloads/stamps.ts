import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { type Task, tasks } from "../../src/index.ts";
import { type RainCluster, runGraph } from "../rain-cluster.ts";
import type { Bench, Workload } from "../workload.ts";

const DEADLINE_SECONDS = 20;

export interface Stamps {
  title: string;
  /** The folder of the plugin with the measured task type. */
  folder: string;
  type: string;
  /** Called for each run. Returns a function that makes a task whose result is its number (4 bytes, big-endian) and `rain`. */
  stamper: () => (number: number) => Task;
}

/** Runs `count` short tasks of a plugin, each with its own config. Concatenates the results and compares them byte by byte. */
export function stamps(count: number, { title, folder, type, stamper }: Stamps): Workload {
  return {
    title: `${title}, ${count.toLocaleString("en")}`,
    unit: "task",
    async rain(bench) {
      const cluster = await bench.cluster();
      await offerPlugin(bench, cluster, { folder, type });
      const stamp = stamper();
      const joined = tasks.concat(Array.from({ length: count }, (_, number) => stamp(number))).keep();
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

/** Links the plugin, and waits until workers offer its task type. */
async function offerPlugin(
  { rain, directory }: Bench,
  { client }: RainCluster,
  { folder, type }: Pick<Stamps, "folder" | "type">,
): Promise<void> {
  const isOffered = async () => (await client.taskTypes()).types.some(({ name }) => name === type);
  if (await isOffered()) return;
  const [program = "", ...args] = rain;
  const env = { RAIN_HOME: join(directory, "home") };
  await execa(program, [...args, "plugins", "link", folder], { env });
  const deadline = performance.now() + DEADLINE_SECONDS * 1000;
  while (!(await isOffered())) {
    assert(performance.now() < deadline, `no worker offers ${type}`);
    await delay(100);
  }
}
