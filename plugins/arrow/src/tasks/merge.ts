import { defineTask } from "rain-tasks/plugin";
import { engine, output, TABLE, tablesOf } from "./tables.ts";

export const merge = defineTask({
  name: "merge",
  summary: "Puts the rows of tables with the same columns one table after the other",
  inputs: { rest: TABLE },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  check({ inputs }) {
    if (inputs === 0) throw new Error("a merge needs at least one table");
  },
  async run({ inputs }) {
    const { merge } = await engine();
    return [await output(merge(await tablesOf(inputs)))];
  },
});
