import type { Table } from "apache-arrow";
import { reader } from "../table/columns/reader.ts";
import { columnsOf } from "../table/table.ts";
import { toText } from "../table/text/to-text.ts";

export interface CsvWriteOptions {
  delimiter?: string;
  /** Whether the first line contains the names of the columns. */
  header?: boolean;
  /** The text for null. */
  nulls?: string;
}

const ROWS_A_CHUNK = 4096;

/**
 * Writes CSV in UTF-8 with LF at the end of lines. A cell is in quotes if it contains a delimiter, quote or line break, or if
 * it would otherwise be read as null.
 */
export function* writeCsv(
  table: Table,
  { delimiter = ",", header = true, nulls: nullText = "" }: CsvWriteOptions = {},
): Generator<Uint8Array> {
  const special = new RegExp(`["\r\n${delimiter.replace(/[\\\]^-]/g, "\\$&")}]`);
  const cell = (text: string) =>
    special.test(text) || text === nullText || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
  if (header) {
    const names = table.schema.fields.map(({ name }) => cell(name));
    yield Buffer.from(`${names.join(delimiter)}\n`);
  }
  const columns = columnsOf(table).map(({ field, data }) => ({
    read: reader(data),
    text: toText(field.type),
  }));
  for (let start = 0; start < table.numRows; start += ROWS_A_CHUNK) {
    const end = Math.min(start + ROWS_A_CHUNK, table.numRows);
    const lines: string[] = [];
    for (let row = start; row < end; row++) {
      const cells = columns.map(({ read, text }) => {
        const value = read(row);
        return value === null ? nullText : cell(text(value));
      });
      lines.push(`${cells.join(delimiter)}\n`);
    }
    yield Buffer.from(lines.join(""));
  }
}
