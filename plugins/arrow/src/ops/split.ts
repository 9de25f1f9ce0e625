import type { Data, DataType, Table } from "apache-arrow";
import { codesOf } from "../table/columns/codes.ts";
import { keyOf, reader } from "../table/columns/reader.ts";
import { inColumn } from "../table/errors.ts";
import { columnData, columnIndex, sliceRows, takeRows } from "../table/table.ts";
import { fromText, shown } from "../table/text/from-text.ts";
import { toText } from "../table/text/to-text.ts";

export type SplitValue = string | number | boolean | null;

/** Splits a table into consecutive parts whose sizes differ by at most one row. */
export function splitEvenly(table: Table, parts: number): Table[] {
  const startOf = (part: number) => Math.floor((part * table.numRows) / parts);
  return Array.from({ length: parts }, (_, part) => sliceRows(table, startOf(part), startOf(part + 1)));
}

/**
 * Puts rows with equal values in a column into the same part. The part depends only on the text of the value, so that another
 * table split into the same number of parts has equal values in the same part.
 */
export function splitByHash(table: Table, column: string, parts: number): Table[] {
  const data = columnData(table, columnIndex(table, column, "by"));
  const text = inColumn(column, () => toText(data.type));
  return distribute(table, data, parts, (value) => (value === null ? 0 : hash(text(value)) % parts));
}

/**
 * Makes a part for each of these values, in their order, and with `rest` one more for all other rows.
 * @throws Error for a value that is not listed, unless `rest` is set
 */
export function splitByValues(
  table: Table,
  column: string,
  { values, rest }: { values: readonly SplitValue[]; rest: boolean },
): Table[] {
  const data = columnData(table, columnIndex(table, column, "by"));
  const text = inColumn(column, () => toText(data.type));
  const wanted = inColumn(column, () => partsOf(values, data.type));
  return distribute(table, data, values.length + (rest ? 1 : 0), (value, row) => {
    const part = wanted.get(keyOf(value));
    if (part !== undefined) return part;
    if (rest) return values.length;
    const name = value === null ? "null" : shown(text(value));
    throw new Error(
      `column ${JSON.stringify(column)}: row ${row + 1} holds ${name}, which is not in "values"; add it there, or set "rest"`,
    );
  });
}

/** The part of each value, by the key of the value in the column. */
function partsOf(values: readonly SplitValue[], type: DataType): Map<unknown, number> {
  const parse = fromText(type);
  const parts = new Map<unknown, number>();
  values.forEach((value, part) => {
    const key = value === null ? null : keyOf(parse(String(value)));
    if (parts.has(key)) throw new Error(`the value ${JSON.stringify(value)} is listed twice`);
    parts.set(key, part);
  });
  return parts;
}

/** Assigns each row to a part. @param partOf returns the part for a value; `row` is the first row with the value */
function distribute(
  table: Table,
  data: Data,
  parts: number,
  partOf: (value: unknown, row: number) => number,
): Table[] {
  const { codes, first } = codesOf([data], table.numRows);
  const read = reader(data);
  const partOfCode = Int32Array.from(first, (row) => partOf(read(row), row));
  const sizes = new Int32Array(parts);
  for (const code of codes) sizes[partOfCode[code]]++;
  const rows = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(parts);
  codes.forEach((code, row) => {
    const part = partOfCode[code];
    rows[part][filled[part]++] = row;
  });
  return rows.map((part) => takeRows(table, part));
}

/** The 32-bit FNV-1a hash of the UTF-8 of a text (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
