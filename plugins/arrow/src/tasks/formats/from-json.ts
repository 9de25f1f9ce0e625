import { defineTask } from "rain-tasks/plugin";
import { keys, optionally, types } from "../config.ts";
import { engine, output, TABLE } from "../tables.ts";

export const fromJson = defineTask({
  name: "from_json",
  summary: "Reads a table from a JSON list of objects, or from one object per line (NDJSON)",
  inputs: { fixed: [{ label: "json" }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...optionally(keys({ types })),
  async run({ config, input }) {
    const { readJson } = await engine();
    return [await output(readJson(await input.json.text(), config))];
  },
});
