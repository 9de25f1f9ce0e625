import { Struct, type Table } from "apache-arrow";
import { reader } from "../table/columns/reader.ts";
import { columnsOf } from "../table/table.ts";
import { toJson } from "../table/text/to-text.ts";

const ROWS_A_CHUNK = 4096;

/** Writes one object per row, as a list, or with `lines` one per line (NDJSON). `toJson` explains the form of each type. */
export function* writeJson(table: Table, { lines = false }: { lines?: boolean } = {}): Generator<Uint8Array> {
  const write = toJson(new Struct(table.schema.fields));
  const columns = columnsOf(table).map(({ field, data }) => ({ name: field.name, read: reader(data) }));
  if (!lines) yield Buffer.from("[");
  for (let start = 0; start < table.numRows; start += ROWS_A_CHUNK) {
    const end = Math.min(start + ROWS_A_CHUNK, table.numRows);
    let text = "";
    for (let row = start; row < end; row++) {
      const record = Object.fromEntries(columns.map(({ name, read }) => [name, read(row)]));
      if (lines) text += `${write(record)}\n`;
      else text += `${row === 0 ? "\n" : ",\n"}${write(record)}`;
    }
    yield Buffer.from(text);
  }
  if (!lines) yield Buffer.from("\n]\n");
}
