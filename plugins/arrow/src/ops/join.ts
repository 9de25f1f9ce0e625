import { type Data, type Dictionary, Field, type Table, Type } from "apache-arrow";
import { codesOf } from "../table/columns/codes.ts";
import { contiguous, gather } from "../table/columns/gather.ts";
import { allRows } from "../table/columns/rows.ts";
import { isValid } from "../table/columns/validity.ts";
import { type Column, columnData, columnIndex, tableOf, takeColumns } from "../table/table.ts";
import { typeName } from "../table/types/type-names.ts";

export const JOINS = ["inner", "left", "right", "full", "semi", "anti"] as const;
export type JoinKind = (typeof JOINS)[number];

export interface JoinOptions {
  how: JoinKind;
  /** The columns to compare, in the same order for both tables. */
  on: { left: readonly string[]; right: readonly string[] };
  /** Added to the name of a right column if the left table has a column with that name. */
  suffix: string;
}

/**
 * Combines the rows of two tables that have equal values in the columns `on`. Null does not equal anything. The result has the
 * columns of the left table, then those of the right table except its columns `on`. `semi` and `anti` keep only the left
 * columns. Rows are in the order of the left table, then of the right one. `right` and `full` add the rows of the right table
 * without a match at the end, with their values of `on`.
 */
export function join(left: Table, right: Table, { how, on, suffix }: JoinOptions): Table {
  const keys = keysOf(left, right, on);
  const matches = matchesOf(keys, left.numRows);
  if (how === "semi" || how === "anti") {
    const rows = rowsWhere(left.numRows, (row) => matches.of(row).length > 0 === (how === "semi"));
    return tableOf(takeColumns(left, rows), rows.length, left.schema.metadata);
  }
  const pairs = pairsOf(matches, { how, left: left.numRows, right: right.numRows });
  const columns: Column[] = takeColumns(left, pairs.left).map(({ field, data }) => ({
    field: nullable(field),
    data,
  }));
  on.left.forEach((name, index) => {
    const { data } = keys[index];
    // The keys of the right table follow those of the left one. Rows without a left row take their key from there.
    const row = pairs.left.map((at, pair) => (at >= 0 ? at : left.numRows + pairs.right[pair]));
    const place = columnIndex(left, name, "on");
    columns[place] = { ...columns[place], data: gather([data], { length: row.length, row }) };
  });
  const names = new Set(left.schema.fields.map(({ name }) => name));
  for (const { field, data } of takeColumns(right, pairs.right)) {
    if (on.right.includes(field.name)) continue;
    const name = names.has(field.name) ? field.name + suffix : field.name;
    if (names.has(name)) throw new Error(`suffix: the result would have two columns ${JSON.stringify(name)}`);
    names.add(name);
    columns.push({ field: new Field(name, data.type, true, field.metadata), data });
  }
  return tableOf(columns, pairs.left.length);
}

function nullable(field: Field): Field {
  return new Field(field.name, field.type, true, field.metadata);
}

/** Concatenates the columns of each pair, the left one first. */
function keysOf(left: Table, right: Table, on: JoinOptions["on"]): { data: Data }[] {
  return on.left.map((name, index) => {
    const ofLeft = plain(columnData(left, columnIndex(left, name, "on, left input")));
    const ofRight = plain(columnData(right, columnIndex(right, on.right[index], "on, right input")));
    const [leftType, rightType] = [typeName(ofLeft.type), typeName(ofRight.type)];
    if (leftType !== rightType) {
      throw new Error(
        `on: ${JSON.stringify(name)} is ${leftType} and ${JSON.stringify(on.right[index])} is ${rightType}; they must have the same type`,
      );
    }
    return { data: gather([ofLeft, ofRight], allRows([ofLeft.length, ofRight.length])) };
  });
}

/** Replaces a dictionary column by its values. */
function plain(data: Data): Data {
  if (data.type.typeId !== Type.Dictionary) return data;
  const indices = data.values as ArrayLike<number | bigint>;
  const row = Int32Array.from({ length: data.length }, (_, at) =>
    isValid(data, at) ? Number(indices[at]) : -1,
  );
  return plain(gather([contiguous(data.dictionary!.data)], { length: row.length, row }) as Data<Dictionary>);
}

interface Matches {
  /** Finds the rows of the right table that match a row of the left one. */
  of(row: number): Int32Array;
}

const NONE = new Int32Array(0);

function matchesOf(keys: readonly { data: Data }[], leftRows: number): Matches {
  const columns = keys.map(({ data }) => data);
  const total = columns[0].length;
  const { codes, first } = codesOf(columns, total);
  const known = (row: number) => columns.every((data) => isValid(data, row));
  const sizes = new Int32Array(first.length);
  for (let row = leftRows; row < total; row++) if (known(row)) sizes[codes[row]]++;
  const rows = Array.from(sizes, (size) => (size === 0 ? NONE : new Int32Array(size)));
  const filled = new Int32Array(first.length);
  for (let row = leftRows; row < total; row++) {
    if (known(row)) rows[codes[row]][filled[codes[row]]++] = row - leftRows;
  }
  return { of: (row) => (known(row) ? rows[codes[row]] : NONE) };
}

/** The pairs of rows that are combined. -1 means no row. */
function pairsOf(matches: Matches, { how, left, right }: { how: JoinKind; left: number; right: number }) {
  const keepLeft = how === "left" || how === "full";
  const keepRight = how === "right" || how === "full";
  const matched = new Uint8Array(right);
  const leftRows: number[] = [];
  const rightRows: number[] = [];
  for (let row = 0; row < left; row++) {
    const partners = matches.of(row);
    for (const partner of partners) {
      leftRows.push(row);
      rightRows.push(partner);
      matched[partner] = 1;
    }
    if (partners.length === 0 && keepLeft) {
      leftRows.push(row);
      rightRows.push(-1);
    }
  }
  for (let row = 0; keepRight && row < right; row++) {
    if (matched[row] === 1) continue;
    leftRows.push(-1);
    rightRows.push(row);
  }
  return { left: Int32Array.from(leftRows), right: Int32Array.from(rightRows) };
}

function rowsWhere(length: number, passes: (row: number) => boolean): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < length; row++) if (passes(row)) rows.push(row);
  return Int32Array.from(rows);
}
