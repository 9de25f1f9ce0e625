import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { keys, optionally } from "../config.ts";
import { engine, joined, TABLE, tableOf } from "../tables.ts";

const config = keys({
  lines: v.optional(
    v.pipe(v.boolean(), v.description("one object per line (NDJSON) instead of a list of objects")),
    false,
  ),
});

export const toJson = defineTask({
  name: "to_json",
  summary: "Writes a table as JSON, one object per row",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "json" }] },
  ...optionally(config),
  async run({ config, input }) {
    const { writeJson } = await engine();
    const bytes = joined(writeJson(await tableOf(input.table), config));
    return [{ bytes, contentType: config.lines ? "ndjson" : "json" }];
  },
});
