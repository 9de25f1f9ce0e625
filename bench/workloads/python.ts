import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { blob, task, tasks } from "../../src/index.ts";
import { offerPlugin } from "../offer-plugin.ts";
import { runGraph } from "../rain-cluster.ts";
import type { Workload } from "../sample.ts";

const PLUGIN = fileURLToPath(new URL("../../plugins/python", import.meta.url));
const TYPE = "python/call";
const SCRIPT = `
def stamp(word, number):
    return number.to_bytes(4, "big") + word.encode()
`;

/** `count` calls of a short Python function, whose results are joined and compared byte by byte. */
export function python(count: number): Workload {
  return {
    title: `Python calls, ${count.toLocaleString("en")}`,
    unit: "task",
    async rain(bench) {
      const cluster = await bench.cluster();
      await offerPlugin(bench, cluster, { folder: PLUGIN, type: TYPE });
      const inputs = { script: blob(SCRIPT), word: blob("rain") };
      const call = (number: number) =>
        task(TYPE, { inputs, outputs: [{}], config: { function: "stamp", arguments: { number } } });
      const joined = tasks.concat(Array.from({ length: count }, (_, number) => call(number))).keep();
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
