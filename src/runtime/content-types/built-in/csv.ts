import type { ContentType } from "../../plugin/contract/index.ts";
import { type CsvRecord, readCsv, writeCsv } from "./csv-records.ts";
import { decodeText, encodeText, nounOf } from "./text.ts";

/** The fields of a row by column name. Every field is text; types are not guessed. */
export type CsvRow = Record<string, string>;

/**
 * Comma-separated values in UTF-8 (RFC 4180) with a header. Loads as a list of rows. Dumps rows that are
 * objects, whose keys become the header, or lists, the first of which is the header.
 */
export const csv: ContentType<readonly unknown[]> = {
  name: "csv",
  extensions: ["csv"],
  load: (bytes) => rowsOf(readCsv(decodeText(bytes, "text"))),
  dump: (rows) => encodeText(writeCsv(recordsOf(rows)), "text"),
};

function rowsOf(records: readonly CsvRecord[]): CsvRow[] {
  const [first, ...rest] = records;
  if (first === undefined) return [];
  const header = first.fields;
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`two columns have the name ${JSON.stringify(twice)}`);
  return rest.map(({ line, fields }) => {
    if (fields.length !== header.length) {
      throw new Error(`line ${line} has ${fields.length} fields, but the header has ${header.length}`);
    }
    return Object.fromEntries(header.map((name, i) => [name, fields[i] ?? ""]));
  });
}

function recordsOf(rows: readonly unknown[]): string[][] {
  if (!Array.isArray(rows)) throw new Error(`csv is a list of rows, this is ${nounOf(rows)}`);
  if (rows.every((row) => Array.isArray(row))) {
    return rows.map((row, i) => row.map((field, column) => fieldText(field, i, String(column))));
  }
  const names = new Set<string>();
  for (const [i, row] of rows.entries()) {
    if (nounOf(row) !== "an object") {
      throw new Error(`row ${i} of a csv is an object like the others, this is ${nounOf(row)}`);
    }
    for (const name of Object.keys(row)) names.add(name);
  }
  const header = [...names];
  const fieldsOf = (row: Record<string, unknown>, i: number) =>
    header.map((name) => (Object.hasOwn(row, name) ? fieldText(row[name], i, JSON.stringify(name)) : ""));
  return [header, ...rows.map(fieldsOf)];
}

/** The text of a field; null and undefined become an empty field. */
function fieldText(value: unknown, row: number, column: string): string {
  if (value === undefined || value === null) return "";
  if (value instanceof Date) return value.toISOString();
  if (["string", "number", "boolean", "bigint"].includes(typeof value)) return String(value);
  throw new Error(`row ${row}, column ${column} of a csv is ${nounOf(value)}, which cannot be a field`);
}
