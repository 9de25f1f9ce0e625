import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { keys, optionally } from "./config.ts";
import { engine, output, TABLE, tableOf } from "./tables.ts";

const config = keys({
  rows: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.description("the maximum number of rows")),
    10,
  ),
});

export const head = defineTask({
  name: "head",
  summary: "Keeps the first rows",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...optionally(config),
  async run({ config, input }) {
    const { head } = await engine();
    return [await output(head(await tableOf(input.table), config.rows))];
  },
});
