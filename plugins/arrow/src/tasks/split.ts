import type { Table } from "apache-arrow";
import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { column, keys, optionally } from "./config.ts";
import { engine, output, TABLE, tableOf } from "./tables.ts";

const config = keys({
  by: v.optional(column("rows with equal values in this column go to the same output")),
  values: v.optional(
    v.pipe(
      v.array(v.union([v.string(), v.number(), v.boolean(), v.null()])),
      v.minLength(1, "at least one value is needed"),
      v.description("values of the column: the first output gets the rows with the first value, and so on"),
    ),
  ),
  rest: v.optional(
    v.pipe(v.boolean(), v.description("one more output, the last, gets all other rows")),
    false,
  ),
});

export const split = defineTask({
  name: "split",
  summary: "Distributes the rows of a table over the outputs",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { rest: TABLE },
  ...optionally(config),
  check({ config: { by, values, rest }, outputs }) {
    if (outputs === 0) throw new Error("a split needs at least one output");
    if (values && by === undefined) throw new Error('"values" needs "by", the column that contains them');
    if (rest && !values) throw new Error('"rest" needs "values"');
    const needed = values ? values.length + (rest ? 1 : 0) : outputs;
    if (needed === outputs) return;
    const one = rest ? " and one for the rest" : "";
    throw new Error(
      `${needed} outputs are needed, not ${outputs}: one for each of the ${values?.length} values${one}`,
    );
  },
  async run(ctx) {
    const { splitByHash, splitByValues, splitEvenly } = await engine();
    const table = await tableOf(ctx.input.table);
    const { by, values, rest } = ctx.config;
    const parts = ctx.outputs.length;
    let tables: Table[];
    if (by === undefined) tables = splitEvenly(table, parts);
    else if (values === undefined) tables = splitByHash(table, by, parts);
    else tables = splitByValues(table, by, { values, rest });
    return Promise.all(tables.map(output));
  },
});
