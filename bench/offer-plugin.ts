import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { RainCluster } from "./rain-cluster.ts";
import type { Bench } from "./sample.ts";

const DEADLINE_SECONDS = 20;

/** Links the plugin in this folder, and waits until workers offer its task type. */
export async function offerPlugin(
  { rain, directory }: Bench,
  { client }: RainCluster,
  { folder, type }: { folder: string; type: string },
): Promise<void> {
  const isOffered = async () => (await client.taskTypes()).types.some(({ name }) => name === type);
  if (await isOffered()) return;
  const [program, ...args] = rain;
  await execa(program, [...args, "plugins", "link", folder], { env: { RAIN_HOME: join(directory, "home") } });
  const deadline = performance.now() + DEADLINE_SECONDS * 1000;
  while (!(await isOffered())) {
    assert(performance.now() < deadline, `no worker offers ${type}`);
    await delay(100);
  }
}
