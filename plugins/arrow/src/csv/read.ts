import { Data, type DataType, Field, type Table, Type } from "apache-arrow";
import { bitmapBytes, setBit } from "../table/columns/bitmap.ts";
import { builderOf } from "../table/columns/builder.ts";
import { inColumn } from "../table/errors.ts";
import { didYouMean } from "../table/suggest.ts";
import { type Column, listed, tableOf } from "../table/table.ts";
import { fromText } from "../table/text/from-text.ts";
import { parseType } from "../table/types/parse-type.ts";
import { Cells, NULL } from "./cells.ts";
import { inferType } from "./infer.ts";
import { CsvScanner, type TextColumn } from "./scanner.ts";

export interface CsvReadOptions {
  delimiter?: string;
  /** Whether the first line contains the names of the columns. */
  header?: boolean;
  /** Names of the columns, instead of those of the header. */
  columns?: readonly string[] | undefined;
  /** Types of columns, by name, instead of the inferred ones. */
  types?: Readonly<Record<string, string>> | undefined;
  /** Texts that mean null if they are not in quotes. */
  nulls?: readonly string[];
}

/**
 * Reads CSV in UTF-8, with or without a byte order mark. Types are inferred from all cells of a column: see `inferType`.
 * @throws Error that names the line or the row and the column
 */
export async function readCsv(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { delimiter = ",", header = true, columns: names, types = {}, nulls = [""] }: CsvReadOptions = {},
): Promise<Table> {
  const scanner = new CsvScanner(delimiter);
  for await (const chunk of withoutMark(chunks)) scanner.write(chunk);
  const columns = scanner.end();
  if (columns.length === 0)
    throw new Error("the file is empty; it needs at least a line with the names of the columns");
  const fields = namesOf(columns, header, names);
  for (const name in types) {
    if (!fields.includes(name)) {
      throw new Error(
        `types: there is no column ${JSON.stringify(name)}${didYouMean(name, fields)}; the columns are ${listed(fields)}`,
      );
    }
  }
  const first = header ? 1 : 0;
  const nullTexts = new Set(nulls);
  const length = columns[0].length - first;
  const made: Column[] = [];
  // Release each column after its conversion, so that memory does not hold all columns twice.
  for (let column = columns.shift(); column; column = columns.shift()) {
    const name = fields[made.length];
    const given = Object.hasOwn(types, name) ? parseType(types[name]) : undefined;
    const data = inColumn(name, () =>
      convert(new Cells(column as TextColumn, { first, nulls: nullTexts }), given),
    );
    made.push({ field: new Field(name, data.type, true), data });
  }
  return tableOf(made, length);
}

function namesOf(columns: readonly TextColumn[], header: boolean, given?: readonly string[]): string[] {
  if (given && given.length !== columns.length) {
    throw new Error(`columns: ${given.length} names are given for ${columns.length} columns`);
  }
  const inFile = (column: TextColumn, index: number) =>
    header ? Buffer.from(column.text.bytes.subarray(0, column.ends[0])).toString() : `column_${index + 1}`;
  const names = given ? [...given] : columns.map(inFile);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Error(
      `there are two columns ${JSON.stringify(twice)}; set "columns" in the config to give them other names`,
    );
  }
  return names;
}

function convert(cells: Cells, given: DataType | undefined): Data {
  const type = given ?? inferType(cells);
  if (type.typeId === Type.Utf8) return textColumn(cells, type);
  const builder = builderOf(type);
  if (type.typeId === Type.Null) {
    for (let row = 0; row < cells.length; row++) builder.append(null);
    return builder.finish();
  }
  const parse = fromText(type);
  for (let row = 0; row < cells.length; row++) {
    const text = cells.at(row);
    if (text === NULL) {
      builder.append(null);
      continue;
    }
    try {
      builder.append(parse(text));
    } catch (error) {
      throw new Error(`row ${row + 1}: ${(error as Error).message}`);
    }
  }
  return builder.finish();
}

/** The cells have the layout of an Arrow text column already, so no value is converted. */
function textColumn(cells: Cells, type: DataType): Data {
  const validity = new Uint8Array(bitmapBytes(cells.length));
  let nulls = 0;
  for (let row = 0; row < cells.length; row++) {
    if (cells.isNull(row)) nulls++;
    else setBit(validity, row);
  }
  const buffers = [cells.offsets(), cells.bytes(), nulls > 0 ? validity : undefined];
  return new Data(type, 0, cells.length, nulls, buffers as never);
}

const MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

async function* withoutMark(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < MARK.length) continue;
    yield start.subarray(MARK.every((byte, index) => start?.[index] === byte) ? MARK.length : 0);
    start = undefined;
  }
  if (start) yield start;
}
