import { type DataType, Field, type Table } from "apache-arrow";
import { builderOf } from "../table/columns/builder.ts";
import { didYouMean } from "../table/suggest.ts";
import { type Column, listed, tableOf } from "../table/table.ts";
import { parseType } from "../table/types/parse-type.ts";
import { fromJson, notAnObject } from "./from-json.ts";
import { JsonShape } from "./infer.ts";
import { parseJson } from "./parse.ts";

export interface JsonReadOptions {
  /** Types of columns, by name, instead of the inferred ones. */
  types?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a list of objects, or one object per line (NDJSON). Columns keep the order in which they first occur. If an object
 * lacks a column, its value is null. Integers keep all digits.
 * @throws Error that names the line, or the row and the column
 */
export function readJson(text: string, { types = {} }: JsonReadOptions = {}): Table {
  const rows = /^\s*\[/.test(text) ? parseList(text) : parseLines(text);
  const names = namesOf(rows, types);
  const columns = names.map((name): Column => {
    const type = Object.hasOwn(types, name) ? parseType(types[name]) : inferred(rows, name);
    return columnOf(rows, name, type);
  });
  return tableOf(columns, rows.length);
}

type Row = Record<string, unknown>;

function parseList(text: string): Row[] {
  let rows: unknown[];
  try {
    rows = parseJson(text) as unknown[];
  } catch (error) {
    throw new Error(`this is not JSON: ${(error as Error).message}`);
  }
  return rows.map((row, index) => rowOf(row, `row ${index + 1}`));
}

function parseLines(text: string): Row[] {
  const rows: Row[] = [];
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const part = text.slice(start, end);
    start = end + 1;
    line++;
    if (part.trim() === "") continue;
    let row: unknown;
    try {
      row = parseJson(part);
    } catch (error) {
      throw new Error(
        `line ${line}: this is neither a list of objects nor one object per line: ${(error as Error).message}`,
      );
    }
    rows.push(rowOf(row, `line ${line}`));
  }
  return rows;
}

function rowOf(value: unknown, where: string): Row {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  throw new Error(`${where}: ${notAnObject(value)}`);
}

/** The names of the columns. A column with a type in the config exists even if no row has it. */
function namesOf(rows: readonly Row[], types: Readonly<Record<string, string>>): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name in row) names.add(name);
  for (const name in types) {
    if (rows.length > 0 && !names.has(name)) {
      throw new Error(
        `types: there is no column ${JSON.stringify(name)}${didYouMean(name, names)}; the columns are ${listed([...names])}`,
      );
    }
    names.add(name);
  }
  return [...names];
}

function inferred(rows: readonly Row[], name: string): DataType {
  const shape = new JsonShape();
  for (let index = 0; index < rows.length; index++) {
    try {
      shape.add(rows[index][name]);
    } catch (error) {
      throw at(index, name, error);
    }
  }
  return shape.type();
}

function columnOf(rows: readonly Row[], name: string, type: DataType): Column {
  const convert = fromJson(type);
  const builder = builderOf(type);
  for (let index = 0; index < rows.length; index++) {
    try {
      builder.append(convert(rows[index][name]));
    } catch (error) {
      throw at(index, name, error);
    }
  }
  const data = builder.finish();
  return { field: new Field(name, data.type, true), data };
}

function at(index: number, name: string, error: unknown): Error {
  return new Error(`row ${index + 1}, column ${JSON.stringify(name)}: ${(error as Error).message}`);
}
