import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { column, configured, keys } from "./config.ts";
import { engine, output, TABLE, tableOf } from "./tables.ts";

const key = v.union(
  [
    column("a column, ascending"),
    keys({ column: column("a column"), descending: v.optional(v.boolean(), false) }),
  ],
  "a column is its name or { column, descending }",
);

const config = keys({
  by: v.pipe(
    v.array(key),
    v.minLength(1, "at least one column is needed"),
    v.description("columns, the most important first"),
  ),
});

export const sort = defineTask({
  name: "sort",
  summary: "Sorts rows by columns",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...configured(config),
  async run({ config, input }) {
    const { sort } = await engine();
    return [await output(sort(await tableOf(input.table), config.by))];
  },
});
