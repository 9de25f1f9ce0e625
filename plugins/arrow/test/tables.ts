import { Field, type Table } from "apache-arrow";
import { columnOf } from "../src/table/columns/builder.ts";
import { reader } from "../src/table/columns/reader.ts";
import { columnsOf, tableOf } from "../src/table/table.ts";
import { parseType } from "../src/table/types/parse-type.ts";
import { typeName } from "../src/table/types/type-names.ts";

/** A table of columns that are given as `{ name: [type, values] }`, with values as a `Reader` gives them. */
export function table(columns: Record<string, readonly [type: string, values: readonly unknown[]]>): Table {
  const made = Object.entries(columns).map(([name, [type, values]]) => {
    const data = columnOf(parseType(type), values);
    return { field: new Field(name, data.type, true), data };
  });
  return tableOf(made, made[0]?.data.length ?? 0);
}

/** The values of each column, as a `Reader` gives them. */
export function valuesOf(of: Table): Record<string, unknown[]> {
  return Object.fromEntries(
    columnsOf(of).map(({ field, data }) => {
      const read = reader(data);
      return [field.name, Array.from({ length: data.length }, (_, row) => read(row))];
    }),
  );
}

/** The types of each column, as they are written. */
export function typesOf(of: Table): Record<string, string> {
  return Object.fromEntries(of.schema.fields.map(({ name, type }) => [name, typeName(type)]));
}

/** The rows as objects, for small tables. */
export function rowsOf(of: Table): Record<string, unknown>[] {
  const columns = Object.entries(valuesOf(of));
  return Array.from({ length: of.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}
