import { defineTask } from "rain-tasks/plugin";
import { engine, output, TABLE, tablesOf } from "./tables.ts";

export const merge = defineTask({
  name: "merge",
  summary: "Concatenates the rows of tables that have the same columns",
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
