import type { Table } from "apache-arrow";
import { sliceRows } from "../table/table.ts";

/** The first rows. */
export function head(table: Table, rows: number): Table {
  return sliceRows(table, 0, rows);
}
