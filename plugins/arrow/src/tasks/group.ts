import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { parseAggregation } from "../ops/aggregation.ts";
import { configured, keys } from "./config.ts";
import { engine, output, TABLE, tableOf } from "./tables.ts";

const config = keys({
  by: v.optional(
    v.pipe(v.array(v.string()), v.description("columns to group by; without any, all rows are one group")),
    [],
  ),
  aggregate: v.pipe(
    v.record(v.string(), v.string()),
    v.description('new columns and their functions: { flights: "count()", average: "mean(delay)" }'),
  ),
});

export const group = defineTask({
  name: "group",
  summary: "Aggregates the rows that have equal values in some columns",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...configured(config),
  check({ config }) {
    for (const [name, text] of Object.entries(config.aggregate)) {
      try {
        parseAggregation(text);
      } catch (error) {
        throw new Error(`aggregate.${name}: ${(error as Error).message}`);
      }
      if (config.by.includes(name))
        throw new Error(`aggregate.${name}: "by" contains a column with this name`);
    }
  },
  async run({ config, input }) {
    const { group } = await engine();
    const aggregations = Object.entries(config.aggregate).map(([name, text]) => [
      name,
      parseAggregation(text),
    ]);
    const options = { by: config.by, aggregations: Object.fromEntries(aggregations) };
    return [await output(group(await tableOf(input.table), options))];
  },
});
