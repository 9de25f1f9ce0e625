import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { configured, keys } from "./config.ts";
import { engine, output, TABLE, tableOf } from "./tables.ts";

const config = keys({
  where: v.pipe(
    v.string(),
    v.description("an expression in CEL over the columns of a row, such as delay >= 15"),
  ),
});

export const filter = defineTask({
  name: "filter",
  summary: "Keeps the rows for which an expression is true",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...configured(config),
  async run({ config, input }) {
    const { filter } = await engine();
    return [await output(filter(await tableOf(input.table), config.where))];
  },
});
