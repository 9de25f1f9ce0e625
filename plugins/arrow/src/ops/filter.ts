import type { Table } from "apache-arrow";
import { compile, UNKNOWN } from "../expressions/compile.ts";
import { takeRows } from "../table/table.ts";
import { shown } from "../table/text/from-text.ts";

/** Keeps the rows for which the expression is true. It does not count as true if it has no result because a column is null. */
export function filter(table: Table, where: string): Table {
  const expression = compile(where, { table, where: "where" });
  if (expression.type !== "bool" && expression.type !== "dyn") {
    throw new Error(`where: ${shown(where)} gives a value of type ${expression.type}, not true or false`);
  }
  const rows = new Int32Array(table.numRows);
  let kept = 0;
  for (let row = 0; row < table.numRows; row++) {
    const passes = expression.evaluate(row);
    if (passes === true) rows[kept++] = row;
    else if (passes !== false && passes !== UNKNOWN && passes !== null) {
      throw new Error(`where: ${shown(where)} gives ${String(passes)} in row ${row + 1}, not true or false`);
    }
  }
  return takeRows(table, rows.slice(0, kept));
}
