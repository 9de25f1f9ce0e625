import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAggregation } from "../../src/ops/aggregation.ts";
import { group } from "../../src/ops/group.ts";
import { tables } from "../arbitraries.ts";
import { rowsOf, table, typesOf } from "../tables.ts";

const grouped = (of: Parameters<typeof group>[0], by: string[], aggregate: Record<string, string>) =>
  group(of, {
    by,
    aggregations: Object.fromEntries(
      Object.entries(aggregate).map(([name, text]) => [name, parseAggregation(text)]),
    ),
  });

const flights = table({
  origin: ["dictionary", ["DTW", "HNL", "DTW", null, "DTW", null]],
  delay: ["int64", [10n, 4n, 20n, null, 60n, null]],
  price: ["decimal(4, 2)", [150n, 50n, null, 25n, 25n, null]],
  late: ["bool", [true, false, true, null, true, false]],
  at: ["timestamp[s, UTC]", [5n, 1n, 2n, 3n, 9n, null]],
});

test("makes a row for each group, in the order in which they first occur", () => {
  const result = grouped(flights, ["origin"], {
    flights: "count()",
    known: "count(delay)",
    total: "sum(delay)",
    average: "mean(delay)",
    middle: "median(delay)",
    spread: "stdev(delay)",
    paid: "sum(price)",
    prices: "distinct(price)",
    late: "sum(late)",
    first: "min(at)",
    latest: "max(at)",
    one: "first(delay)",
    end: "last(delay)",
  });
  expect(rowsOf(result)).toEqual([
    {
      origin: "DTW",
      flights: 3n,
      known: 3n,
      total: 90n,
      average: 30,
      middle: 20,
      spread: Math.sqrt(700),
      paid: 175n,
      prices: 2n,
      late: 3n,
      first: 2n,
      latest: 9n,
      one: 10n,
      end: 60n,
    },
    {
      origin: "HNL",
      flights: 1n,
      known: 1n,
      total: 4n,
      average: 4,
      middle: 4,
      spread: null,
      paid: 50n,
      prices: 1n,
      late: 0n,
      first: 1n,
      latest: 1n,
      one: 4n,
      end: 4n,
    },
    {
      origin: null,
      flights: 2n,
      known: 0n,
      total: null,
      average: null,
      middle: null,
      spread: null,
      paid: 25n,
      prices: 1n,
      late: 0n,
      first: 3n,
      latest: 3n,
      one: null,
      end: null,
    },
  ]);
  expect(typesOf(result)).toMatchObject({
    origin: "dictionary<utf8>",
    total: "int64",
    average: "float64",
    paid: "decimal(38, 2)",
    first: "timestamp[s, UTC]",
  });
});

test("by several columns", () => {
  const result = grouped(flights, ["late", "origin"], { n: "count()" });
  expect(rowsOf(result)).toEqual([
    { late: true, origin: "DTW", n: 3n },
    { late: false, origin: "HNL", n: 1n },
    { late: null, origin: null, n: 1n },
    { late: false, origin: null, n: 1n },
  ]);
});

test("without columns all rows are one group, even if there are no rows", () => {
  expect(rowsOf(grouped(flights, [], { n: "count()", sum: "sum(delay)" }))).toEqual([{ n: 6n, sum: 94n }]);
  const none = table({ a: ["int64", []] });
  expect(rowsOf(grouped(none, [], { n: "count()", sum: "sum(a)" }))).toEqual([{ n: 0n, sum: null }]);
  expect(rowsOf(grouped(none, ["a"], { n: "count()" }))).toEqual([]);
});

test("the groups together have as many rows as the table, for columns of any type", () => {
  fc.assert(
    fc.property(tables(), (whole) => {
      for (const { name } of whole.schema.fields) {
        const rows = rowsOf(grouped(whole, [name], { n: "count()" }));
        expect(rows.reduce((sum, { n }) => sum + (n as bigint), 0n)).toBe(BigInt(whole.numRows));
        expect(new Set(rows.map((row) => JSON.stringify(row[name], replaced))).size).toBe(rows.length);
      }
    }),
    { numRuns: 20 },
  );
});

/** Converts values that JSON cannot distinguish. */
function replaced(_: string, value: unknown): unknown {
  return typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))
    ? `${value}n`
    : value;
}

describe("refuses", () => {
  test.each([
    ["mean(origin)", 'column "origin": numbers are needed, not values of type dictionary<utf8>'],
    ["sum(at)", 'column "at": numbers are needed, not values of type timestamp[s, UTC]'],
    ["mean(dely)", 'aggregate.x: there is no column "dely"; did you mean "delay"?'],
  ])("%s", (text, message) => {
    expect(() => grouped(flights, [], { x: text })).toThrow(message);
  });

  test.each([
    ["means(delay)", 'there is no aggregation "means"; did you mean "mean"?'],
    ["average(delay)", 'there is no aggregation "average"; there are count, distinct, sum, '],
    ["mean", '"mean" is not an aggregation; write one such as "mean(column)" or "count()"'],
    ["mean()", "mean needs a column: mean(column)"],
  ])("%s, before reading a table", (text, message) => {
    expect(() => parseAggregation(text)).toThrow(message);
  });

  test("a sum that does not fit", () => {
    const large = table({ n: ["int64", [2n ** 63n - 1n, 1n]] });
    expect(() => grouped(large, [], { x: "sum(n)" })).toThrow(
      'column "n": the sum 9223372036854775808 does not fit into int64',
    );
  });
});
