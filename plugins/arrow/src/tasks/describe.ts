import { defineTask } from "rain-tasks/plugin";
import { engine, output, TABLE, tableOf } from "./tables.ts";

export const describe = defineTask({
  name: "describe",
  summary: "Describes each column: its type and its values",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  async run({ input }) {
    const { describe } = await engine();
    return [await output(describe(await tableOf(input.table)))];
  },
});
