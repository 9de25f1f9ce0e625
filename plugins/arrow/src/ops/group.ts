import { type Data, Field, type Table } from "apache-arrow";
import { codesOf } from "../table/columns/codes.ts";
import { gather } from "../table/columns/gather.ts";
import { inColumn } from "../table/errors.ts";
import { type Column, columnData, columnIndex, tableOf } from "../table/table.ts";
import { AGGREGATES, counts, type Groups } from "./aggregates.ts";
import type { Aggregation } from "./aggregation.ts";

/**
 * Makes a row for each group of rows with equal values in the columns `by`, in the order in which the groups first occur. The
 * columns are `by`, then `aggregations`. If `by` is empty, all rows are one group, even if there are no rows.
 */
export function group(
  table: Table,
  { by, aggregations }: { by: readonly string[]; aggregations: Readonly<Record<string, Aggregation>> },
): Table {
  const keys = by.map((name) => {
    const index = columnIndex(table, name, "by");
    return { field: table.schema.fields[index], data: columnData(table, index) };
  });
  const { codes, first } = codesOf(
    keys.map(({ data }) => data),
    table.numRows,
  );
  const groups: Groups = { codes, count: by.length === 0 ? 1 : first.length };
  const columns: Column[] = keys.map(({ field, data }) => ({
    field,
    data: gather([data], { length: first.length, row: first }),
  }));
  for (const [name, aggregation] of Object.entries(aggregations)) {
    const data = aggregated(table, groups, name, aggregation);
    columns.push({ field: new Field(name, data.type, true), data });
  }
  return tableOf(columns, groups.count);
}

function aggregated(table: Table, groups: Groups, name: string, { aggregate, column }: Aggregation): Data {
  if (column === undefined) return counts(groups, () => true);
  const data = columnData(table, columnIndex(table, column, `aggregate.${name}`));
  return inColumn(column, () => AGGREGATES[aggregate](data, groups));
}
