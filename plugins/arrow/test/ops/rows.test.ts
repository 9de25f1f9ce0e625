import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filter } from "../../src/ops/filter.ts";
import { head } from "../../src/ops/head.ts";
import { merge } from "../../src/ops/merge.ts";
import { sort } from "../../src/ops/sort.ts";
import { splitByHash, splitByValues, splitEvenly } from "../../src/ops/split.ts";
import { SCALARS, tables } from "../arbitraries.ts";
import { rowsOf, table, typesOf, valuesOf } from "../tables.ts";

const numbers = table({ n: ["int64", [3n, null, 1n, 2n]], t: ["utf8", ["c", "x", "a", null]] });

describe("filter", () => {
  test("keeps the rows for which the expression is true", () => {
    expect(valuesOf(filter(numbers, "n >= 2"))).toEqual({ n: [3n, 2n], t: ["c", null] });
  });

  test.each([
    ["n + 1", 'where: "n + 1" gives a value of type int, not true or false'],
    ["m > 1", 'there is no column "m"'],
  ])("refuses %s", (where, message) => {
    expect(() => filter(numbers, where)).toThrow(message);
  });
});

describe("sort", () => {
  test("by several columns, with nulls last in both directions", () => {
    const whole = table({ a: ["utf8", ["b", "a", null, "b"]], b: ["int64", [1n, 2n, 3n, null]] });
    expect(valuesOf(sort(whole, ["a", { column: "b", descending: true }])).b).toEqual([2n, 1n, null, 3n]);
    expect(valuesOf(sort(whole, [{ column: "a", descending: true }, "b"])).b).toEqual([1n, null, 2n, 3n]);
  });

  test("keeps the order of equal rows", () => {
    const whole = table({ key: ["bool", [true, false, true, false]], n: ["int8", [1, 2, 3, 4]] });
    expect(valuesOf(sort(whole, ["key"])).n).toEqual([2, 4, 1, 3]);
    expect(valuesOf(sort(whole, [{ column: "key", descending: true }])).n).toEqual([1, 3, 2, 4]);
  });

  test.each([
    [
      "text by its bytes",
      "utf8",
      ["b", "B", "ä", "\u{1F600}", "\uFFFD", "a"],
      ["B", "a", "b", "ä", "\uFFFD", "\u{1F600}"],
    ],
    ["dictionaries by their values", "dictionary", ["b", "c", "a", "b"], ["a", "b", "b", "c"]],
    ["numbers, NaN at the end", "float64", [Number.NaN, 10, -Infinity, 9], [-Infinity, 9, 10, Number.NaN]],
    ["decimals", "decimal(20, 1)", [10n, -3n, 9n], [-3n, 9n, 10n]],
  ])("%s", (_, type, values, sorted) => {
    expect(valuesOf(sort(table({ c: [type, values] }), ["c"])).c).toEqual(sorted);
  });

  test("refuses columns without an order", () => {
    expect(() => sort(table({ l: ["list<int64>", [[]]] }), ["l"])).toThrow(
      'column "l": values of type list<int64> have no order',
    );
  });
});

test("head gives the first rows, or all", () => {
  expect(valuesOf(head(numbers, 2)).n).toEqual([3n, null]);
  expect(valuesOf(head(numbers, 0)).n).toEqual([]);
  expect(valuesOf(head(numbers, 9)).n).toHaveLength(4);
});

describe("split", () => {
  test("into parts whose sizes differ by at most one row", () => {
    expect(splitEvenly(numbers, 3).map((part) => valuesOf(part).n)).toEqual([[3n], [null], [1n, 2n]]);
    expect(splitEvenly(head(numbers, 0), 2).map((part) => part.numRows)).toEqual([0, 0]);
  });

  test("by listed values, in their order, and the rest", () => {
    const parts = splitByValues(numbers, "t", { values: ["a", "c"], rest: true });
    expect(parts.map((part) => valuesOf(part).n)).toEqual([[1n], [3n], [null, 2n]]);
    const all = splitByValues(numbers, "n", { values: [1, 2, 3, null], rest: false });
    expect(all.map((part) => valuesOf(part).t)).toEqual([["a"], [null], ["c"], ["x"]]);
  });

  test.each([
    [["a"], 'column "t": row 1 holds "c", which is not in "values"; add it there, or set "rest"'],
    [["c", "x", "a"], 'column "t": row 4 holds null'],
    [["a", "a"], 'column "t": the value "a" is listed twice'],
  ])("by values %j: an error", (values, message) => {
    expect(() => splitByValues(numbers, "t", { values, rest: false })).toThrow(message);
  });

  test("refuses values that are not of the type of the column", () => {
    expect(() => splitByValues(numbers, "n", { values: ["x"], rest: true })).toThrow(
      'column "n": "x" is not of type int64',
    );
  });

  test("by a column into any number of parts: equal values are in the same part, in all tables", () => {
    const keys = fc.array(fc.option(fc.constantFrom("a", "b", "c", "d")));
    fc.assert(
      fc.property(keys, keys, fc.integer({ min: 1, max: 4 }), (left, right, count) => {
        const partOf = new Map<unknown, number>();
        for (const values of [left, right]) {
          const parts = splitByHash(table({ k: ["dictionary", values] }), "k", count).map(valuesOf);
          expect(parts.flatMap(({ k }) => k).sort()).toEqual([...values].sort());
          parts.forEach(({ k }, part) => {
            for (const key of k) {
              expect(partOf.get(key) ?? part).toBe(part);
              partOf.set(key, part);
            }
          });
        }
      }),
    );
  });
});

describe("merge", () => {
  test("restores a table that was split in any way", () => {
    fc.assert(
      fc.property(tables(), fc.integer({ min: 1, max: 5 }), (whole, parts) => {
        const merged = merge(splitEvenly(whole, parts));
        expect(typesOf(merged)).toEqual(typesOf(whole));
        expect(rowsOf(merged)).toEqual(rowsOf(whole));
      }),
      { numRuns: 30 },
    );
  });

  test("matches columns by name, and combines dictionaries", () => {
    const first = table({ a: ["int8", [1]], d: ["dictionary", ["x"]] });
    const second = table({ d: ["dictionary", ["y", "x", null]], a: ["int8", [2, 3, 4]] });
    const merged = merge([first, second]);
    expect(valuesOf(merged)).toEqual({ a: [1, 2, 3, 4], d: ["x", "y", "x", null] });
    expect(merged.getChild("d")?.data[0].dictionary?.length).toBe(2);
  });

  test("gives a column without values its type in the other tables", () => {
    const nothing = filter(table({ a: ["int8", [1]] }), "false");
    const unknown = merge([nothing, nothing]);
    expect(typesOf(unknown)).toEqual({ a: "int8" });
  });

  test.each([
    [
      "other columns",
      { a: ["int8", [1]], c: ["int8", [1]] },
      "input 1 and input 0 have different columns: input 1 lacks b and also has c",
    ],
    [
      "other types",
      { a: ["int8", [1]], b: ["utf8", ["x"]] },
      'column "b": it is int8 in input 0 and utf8 in input 1',
    ],
  ] as const)("refuses %s", (_, columns, message) => {
    const first = table({ a: ["int8", [1]], b: ["int8", [1]] });
    expect(() => merge([first, table(columns)])).toThrow(message);
  });
});

test("sorting by any column of single values orders it", () => {
  fc.assert(
    fc.property(tables(SCALARS), fc.boolean(), (whole, descending) => {
      for (const { name } of whole.schema.fields) {
        const sorted = valuesOf(sort(whole, [{ column: name, descending }]))[name];
        const present = sorted.filter((value) => value !== null) as number[];
        expect(sorted.slice(0, present.length)).toEqual(present);
        if (typeof present[0] !== "bigint") continue;
        for (let at = 1; at < present.length; at++) {
          const [low, high] = descending ? [present[at], present[at - 1]] : [present[at - 1], present[at]];
          expect(low <= high).toBe(true);
        }
      }
    }),
    { numRuns: 20 },
  );
});
