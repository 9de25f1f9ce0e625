import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { blob, task } from "../../src/index.ts";
import type { Workload } from "../workload.ts";

import { stamps } from "./stamps.ts";

const FOLDER = fileURLToPath(new URL("../../plugins/python", import.meta.url));
const TYPE = "python/call";
const SCRIPT = `
def stamp(word, number):
    return number.to_bytes(4, "big") + word.encode()
`;

/** Calls of a Python function. */
export function python(count: number): Workload {
  const workload = stamps(count, {
    title: "Python calls",
    folder: FOLDER,
    type: TYPE,
    stamper: () => {
      const inputs = { script: blob(SCRIPT), word: blob("rain") };
      return (number) =>
        task(TYPE, { inputs, outputs: [{}], config: { function: "stamp", arguments: { number } } });
    },
  });
  let built = false;
  return {
    ...workload,
    async rain(bench) {
      // Build once, because the plugin is linked and must not change between runs.
      if (!built) execFileSync(process.execPath, [join(FOLDER, "build.mjs")]);
      built = true;
      return workload.rain(bench);
    },
  };
}
