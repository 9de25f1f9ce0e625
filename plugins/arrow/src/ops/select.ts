import { Field, type Table } from "apache-arrow";
import { compile, UNKNOWN } from "../expressions/compile.ts";
import { arrowType, fromCel } from "../expressions/from-cel.ts";
import { builderOf } from "../table/columns/builder.ts";
import { type Column, columnData, columnIndex, tableOf } from "../table/table.ts";
import { parseType } from "../table/types/parse-type.ts";

/** The name of a column, a renamed column, or a computed one. */
export type Selected =
  | string
  | { column: string; as: string }
  | { expression: string; as: string; type?: string | undefined };

/** Stands for all columns that are not named. */
export const OTHERS = "*";

/** Selects columns, in this order. A computed one is null where its expression has no result because a column is null. */
export function select(table: Table, columns: readonly Selected[], drop: readonly string[] = []): Table {
  const dropped = new Set(drop.map((name) => table.schema.fields[columnIndex(table, name, "drop")].name));
  const named = new Set(columns.map((column) => sourceOf(column)));
  const selected = columns.flatMap((column, index): Column[] => {
    const where = `columns[${index}]`;
    if (column !== OTHERS) return [selectedColumn(table, column, where)];
    const others = table.schema.fields.filter(({ name }) => !named.has(name) && !dropped.has(name));
    return others.map(({ name }) => selectedColumn(table, name, where));
  });
  const names = selected.map(({ field }) => field.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(`columns: the result would have two columns ${JSON.stringify(twice)}`);
  return tableOf(selected, table.numRows);
}

/** The column that `OTHERS` omits because of an entry. A computed column replaces the column of its name. */
function sourceOf(column: Selected): string {
  if (typeof column === "string") return column;
  return "column" in column ? column.column : column.as;
}

function selectedColumn(table: Table, column: Selected, where: string): Column {
  if (typeof column === "object" && "expression" in column) return computed(table, column, where);
  const name = typeof column === "string" ? column : column.column;
  const index = columnIndex(table, name, where);
  const { type, nullable, metadata } = table.schema.fields[index];
  const as = typeof column === "string" ? column : column.as;
  return { field: new Field(as, type, nullable, metadata), data: columnData(table, index) };
}

function computed(
  table: Table,
  { expression, as, type: given }: Extract<Selected, { expression: string }>,
  where: string,
): Column {
  const compiled = compile(expression, { table, where: `${where}.expression` });
  const type = given === undefined ? arrowType(compiled.type) : parseType(given);
  if (type === undefined) {
    throw new Error(`${where}: set "type", because the expression gives a value of type ${compiled.type}`);
  }
  const convert = fromCel(type);
  const builder = builderOf(type);
  for (let row = 0; row < table.numRows; row++) {
    const value = compiled.evaluate(row);
    try {
      builder.append(value === UNKNOWN ? null : convert(value));
    } catch (error) {
      throw new Error(`${where}: row ${row + 1}: ${(error as Error).message}`);
    }
  }
  const data = builder.finish();
  return { field: new Field(as, data.type, true), data };
}
