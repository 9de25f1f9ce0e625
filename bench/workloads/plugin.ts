import { fileURLToPath } from "node:url";
import { blob, task } from "../../src/index.ts";
import type { Workload } from "../workload.ts";

import { stamps } from "./stamps.ts";

const TYPE = "bench/stamp";

/** Tasks in JavaScript executors. */
export function plugin(count: number): Workload {
  return stamps(count, {
    title: "tasks of a plugin",
    folder: fileURLToPath(new URL("../../bench/plugin", import.meta.url)),
    type: TYPE,
    stamper: () => {
      const source = blob("rain");
      return (number) => task(TYPE, { inputs: [source], config: number });
    },
  });
}
