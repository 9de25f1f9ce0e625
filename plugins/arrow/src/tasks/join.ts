import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { columnNames, configured, keys } from "./config.ts";
import { engine, output, TABLE, tableOf } from "./tables.ts";

const how = v.optional(v.picklist(["inner", "left", "right", "full", "semi", "anti"]), "inner");

const config = keys({
  on: v.pipe(
    v.union(
      [
        columnNames("columns that both tables have"),
        keys({
          left: columnNames("columns of the left table"),
          right: columnNames("columns of the right table, in the same order"),
        }),
      ],
      "a list of columns, or { left, right } with a list for each table, is expected",
    ),
    v.description("columns whose values must be equal: a list, or { left: […], right: […] }"),
  ),
  how,
  suffix: v.optional(
    v.pipe(
      v.string(),
      v.description("added to the name of a right column if the left table has a column with that name"),
    ),
    "_right",
  ),
});

export const join = defineTask({
  name: "join",
  summary: "Combines the rows of two tables that have equal values in some columns",
  inputs: {
    fixed: [
      { label: "left", ...TABLE },
      { label: "right", ...TABLE },
    ],
  },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...configured(config),
  check({ config: { on } }) {
    if (!Array.isArray(on) && on.left.length !== on.right.length) {
      throw new Error(
        `on: ${on.left.length} columns of the left table, but ${on.right.length} of the right table`,
      );
    }
  },
  async run({ config, input }) {
    const { join } = await engine();
    const [left, right] = [await tableOf(input.left, 0), await tableOf(input.right, 1)];
    const on = Array.isArray(config.on) ? { left: config.on, right: config.on } : config.on;
    return [await output(join(left, right, { ...config, on }))];
  },
});
