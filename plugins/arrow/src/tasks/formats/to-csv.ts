import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { delimiter, keys, optionally } from "../config.ts";
import { engine, joined, TABLE, tableOf } from "../tables.ts";

const config = keys({
  delimiter,
  header: v.optional(
    v.pipe(v.boolean(), v.description("whether the first line contains the names of the columns")),
    true,
  ),
  nulls: v.optional(v.pipe(v.string(), v.description("the text for null")), ""),
});

export const toCsv = defineTask({
  name: "to_csv",
  summary: "Writes a table as CSV",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "csv", contentType: "csv" }] },
  ...optionally(config),
  async run({ config, input }) {
    const { writeCsv } = await engine();
    return [joined(writeCsv(await tableOf(input.table), config))];
  },
});
