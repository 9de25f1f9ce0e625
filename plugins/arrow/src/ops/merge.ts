import { Field, type Table, Type } from "apache-arrow";
import { gather } from "../table/columns/gather.ts";
import type { Rows } from "../table/columns/rows.ts";
import { type Column, chunksOf, listed, tableOf } from "../table/table.ts";
import { typeName } from "../table/types/type-names.ts";

/**
 * Concatenates tables. They must have the same columns, in any order; the result has the order of the first table. A column of
 * type `null`, which has no values, takes its type from the other tables.
 * @throws Error that names the table, counted from 0, and the column
 */
export function merge(tables: readonly Table[]): Table {
  const [first, ...others] = tables;
  const names = first.schema.fields.map(({ name }) => name);
  others.forEach((table, index) => {
    checkNames(names, table, index + 1);
  });
  const length = tables.reduce((sum, table) => sum + table.numRows, 0);
  const columns = names.map((name) => mergedColumn(tables, name));
  return tableOf(columns, length, first.schema.metadata);
}

function checkNames(names: readonly string[], table: Table, index: number): void {
  const own = table.schema.fields.map(({ name }) => name);
  const missing = names.filter((name) => !own.includes(name));
  const additional = own.filter((name) => !names.includes(name));
  const problems = [
    ...(missing.length > 0 ? [`lacks ${listed(missing)}`] : []),
    ...(additional.length > 0 ? [`also has ${listed(additional)}`] : []),
  ];
  if (problems.length > 0) {
    throw new Error(
      `input ${index} and input 0 have different columns: input ${index} ${problems.join(" and ")}`,
    );
  }
}

function mergedColumn(tables: readonly Table[], name: string): Column {
  const parts = tables.map((table) => {
    const index = table.schema.fields.findIndex((field) => field.name === name);
    return { field: table.schema.fields[index], chunks: chunksOf(table, index) };
  });
  const isNull = ({ field }: (typeof parts)[number]) => field.type.typeId === Type.Null;
  const typed = Math.max(
    0,
    parts.findIndex((part) => !isNull(part)),
  );
  const { field } = parts[typed];
  const type = typeName(field.type);
  parts.forEach((part, index) => {
    const own = typeName(part.field.type);
    if (isNull(part) || own === type) return;
    throw new Error(
      `column ${JSON.stringify(name)}: it is ${type} in input ${typed} and ${own} in input ${index}`,
    );
  });
  const chunks = parts.flatMap((part) => part.chunks.map((data) => ({ data, absent: isNull(part) })));
  const present = chunks.filter(({ absent }) => !absent).map(({ data }) => data);
  const data = gather(
    present.length > 0 ? present : [chunks[0].data],
    rowsOf(chunks.map(({ data, absent }) => ({ length: data.length, absent }))),
  );
  const nullable = parts.some((part) => part.field.nullable);
  return { field: new Field(name, data.type, nullable, field.metadata), data };
}

/** All rows of chunks. Chunks that are not gathered give nulls. */
function rowsOf(chunks: readonly { length: number; absent: boolean }[]): Rows {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const row = new Int32Array(length).fill(-1);
  const chunk = new Uint32Array(length);
  let index = 0;
  let present = 0;
  for (const { length, absent } of chunks) {
    if (absent) {
      index += length;
      continue;
    }
    for (let at = 0; at < length; at++, index++) {
      row[index] = at;
      chunk[index] = present;
    }
    present++;
  }
  return { length, row, chunk };
}
