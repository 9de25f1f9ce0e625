import { type Data, type DataType, Field, Float64, Int64, type Table, Utf8 } from "apache-arrow";
import { columnOf } from "../table/columns/builder.ts";
import { comparator } from "../table/columns/order.ts";
import { reader } from "../table/columns/reader.ts";
import { columnsOf, tableOf } from "../table/table.ts";
import { toText } from "../table/text/to-text.ts";
import { typeName } from "../table/types/type-names.ts";
import { AGGREGATES, type Groups, isAggregable } from "./aggregates.ts";
import type { Aggregation } from "./aggregation.ts";

/** The aggregations of each column. `EXTREMES` are shown as text. */
const COUNTS = ["distinct"] as const;
const EXTREMES = ["min", "max"] as const;
const STATISTICS = ["mean", "stdev", "median"] as const;

/**
 * Makes a row for each column: its name, its type, and the numbers of rows, nulls and different values. Columns with an order
 * also have the smallest and largest value, and columns of numbers the mean, standard deviation and median.
 */
export function describe(table: Table): Table {
  const columns = columnsOf(table);
  const all: Groups = { codes: new Int32Array(table.numRows), count: 1 };
  const value = (data: Data, aggregate: Aggregation["aggregate"], known: boolean): unknown =>
    known ? reader(AGGREGATES[aggregate](data, all))(0) : null;
  const result: [string, DataType, unknown[]][] = [
    ["column", new Utf8(), columns.map(({ field }) => field.name)],
    ["type", new Utf8(), columns.map(({ field }) => typeName(field.type))],
    ["rows", new Int64(), columns.map(({ data }) => BigInt(data.length))],
    [
      "nulls",
      new Int64(),
      columns.map(({ data }) => BigInt(data.length) - (value(data, "count", true) as bigint)),
    ],
    ...COUNTS.map((name): [string, DataType, unknown[]] => [
      name,
      new Int64(),
      columns.map(({ data }) => value(data, name, true)),
    ]),
    ...EXTREMES.map((name): [string, DataType, unknown[]] => [
      name,
      new Utf8(),
      columns.map(({ data }) => {
        const found = value(data, name, isOrdered(data));
        return found === null ? null : toText(data.type)(found);
      }),
    ]),
    ...STATISTICS.map((name): [string, DataType, unknown[]] => [
      name,
      new Float64(),
      columns.map(({ data }) => value(data, name, isAggregable(data.type))),
    ]),
  ];
  return tableOf(
    result.map(([name, type, values]) => ({
      field: new Field(name, type, true),
      data: columnOf(type, values),
    })),
    columns.length,
  );
}

function isOrdered(data: Data): boolean {
  try {
    comparator(data);
    return true;
  } catch {
    return false;
  }
}
