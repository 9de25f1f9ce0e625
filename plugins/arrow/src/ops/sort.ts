import type { Table } from "apache-arrow";
import { comparator } from "../table/columns/order.ts";
import { range } from "../table/columns/rows.ts";
import { isValid } from "../table/columns/validity.ts";
import { inColumn } from "../table/errors.ts";
import { columnData, columnIndex, takeRows } from "../table/table.ts";

export type SortKey = string | { column: string; descending?: boolean };

/**
 * Sorts rows by their values in the first column, equal ones by the second column, and so on. Rows that are equal in all
 * columns keep their order. Nulls come last in both directions.
 */
export function sort(table: Table, by: readonly SortKey[]): Table {
  const compares = by.map((key) => rowComparator(table, typeof key === "string" ? { column: key } : key));
  const rows = range(0, table.numRows).sort((a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  });
  return takeRows(table, rows);
}

function rowComparator(table: Table, { column, descending = false }: Exclude<SortKey, string>) {
  const data = columnData(table, columnIndex(table, column, "by"));
  const compare = inColumn(column, () => comparator(data));
  const sign = descending ? -1 : 1;
  return (a: number, b: number) => {
    const hasA = isValid(data, a);
    const hasB = isValid(data, b);
    if (hasA && hasB) return sign * compare(a, b);
    return Number(hasB) - Number(hasA);
  };
}
