// This folder contains the task types that read tables from other formats and write them.

import { defineTask, type TaskInput } from "rain-tasks/plugin";
import * as v from "valibot";
import { columnNames, delimiter, keys, optionally, types } from "../config.ts";
import { engine, output, TABLE } from "../tables.ts";

const config = keys({
  delimiter,
  header: v.optional(
    v.pipe(v.boolean(), v.description("whether the first line contains the names of the columns")),
    true,
  ),
  columns: v.optional(columnNames("names of the columns, instead of those of the header")),
  types,
  nulls: v.optional(
    v.pipe(v.array(v.string()), v.description("texts that mean null if they are not in quotes")),
    [""],
  ),
});

export const fromCsv = defineTask({
  name: "from_csv",
  summary: "Reads a table from CSV",
  inputs: { fixed: [{ label: "csv" }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...optionally(config),
  async run({ config, input }) {
    const { readCsv } = await engine();
    return [await output(await readCsv(utf8(input.csv), config))];
  },
});

/** Converts the text to UTF-8 from the encoding in the content type. */
async function* utf8(input: TaskInput): AsyncGenerator<Uint8Array> {
  const encoding = /^text-(.+)$/.exec(input.contentType)?.[1] ?? "utf-8";
  const chunks = input.memory ? [input.memory] : (input.stream() as AsyncIterable<Uint8Array>);
  if (/^utf-?8$/i.test(encoding)) {
    yield* chunks;
    return;
  }
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
