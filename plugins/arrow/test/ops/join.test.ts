import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JOINS, type JoinKind, join } from "../../src/ops/join.ts";
import { rowsOf, table, typesOf } from "../tables.ts";

const on = (...columns: string[]) => ({ left: columns, right: columns });

const flights = table({ origin: ["utf8", ["DTW", "HNL", "XXX", null]], n: ["int8", [1, 2, 3, 4]] });
const airports = table({
  origin: ["utf8", ["HNL", "DTW", "DTW", null, "ZZZ"]],
  n: ["int8", [20, 10, 11, 30, 40]],
});

describe.each<[JoinKind, unknown[][]]>([
  [
    "inner",
    [
      ["DTW", 1, 10],
      ["DTW", 1, 11],
      ["HNL", 2, 20],
    ],
  ],
  [
    "left",
    [
      ["DTW", 1, 10],
      ["DTW", 1, 11],
      ["HNL", 2, 20],
      ["XXX", 3, null],
      [null, 4, null],
    ],
  ],
  [
    "right",
    [
      ["DTW", 1, 10],
      ["DTW", 1, 11],
      ["HNL", 2, 20],
      [null, null, 30],
      ["ZZZ", null, 40],
    ],
  ],
  [
    "full",
    [
      ["DTW", 1, 10],
      ["DTW", 1, 11],
      ["HNL", 2, 20],
      ["XXX", 3, null],
      [null, 4, null],
      [null, null, 30],
      ["ZZZ", null, 40],
    ],
  ],
])("%s", (how, rows) => {
  test("gives the matching pairs, and the rows without a match that it keeps", () => {
    const joined = join(flights, airports, { how, on: on("origin"), suffix: "_right" });
    expect(rowsOf(joined)).toEqual(rows.map(([origin, n, right]) => ({ origin, n, n_right: right })));
  });
});

test("semi and anti keep or drop the rows of the left table that have a match", () => {
  const options = { on: on("origin"), suffix: "" };
  expect(rowsOf(join(flights, airports, { how: "semi", ...options })).map(({ n }) => n)).toEqual([1, 2]);
  expect(rowsOf(join(flights, airports, { how: "anti", ...options })).map(({ n }) => n)).toEqual([3, 4]);
});

test("by columns with different names, by several columns, and by dictionaries", () => {
  const left = table({ a: ["dictionary", ["x", "y"]], b: ["int64", [1n, 2n]] });
  const right = table({ c: ["utf8", ["y", "x"]], d: ["int64", [2n, 2n]], e: ["bool", [true, false]] });
  const joined = join(left, right, { how: "full", on: { left: ["a", "b"], right: ["c", "d"] }, suffix: "" });
  expect(rowsOf(joined)).toEqual([
    { a: "x", b: 1n, e: null },
    { a: "y", b: 2n, e: true },
    { a: "x", b: 2n, e: false },
  ]);
  expect(typesOf(joined)).toEqual({ a: "utf8", b: "int64", e: "bool" });
});

test("gives the same result as comparing every pair of rows", () => {
  const keys = fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { maxLength: 8 });
  fc.assert(
    fc.property(keys, keys, fc.constantFrom(...JOINS), (ls, rs, how) => {
      const left = table({ k: ["int8", ls], l: ["int8", ls.map((_, at) => at)] });
      const right = table({ k: ["int8", rs], r: ["int8", rs.map((_, at) => at)] });
      const matches = (l: number, r: number) => ls[l] !== null && ls[l] === rs[r];
      const expected: Record<string, unknown>[] = [];
      ls.forEach((k, l) => {
        const partners = rs.map((_, r) => r).filter((r) => matches(l, r));
        if (how === "semi" || how === "anti") {
          if (partners.length > 0 === (how === "semi")) expected.push({ k, l });
          return;
        }
        for (const r of partners) expected.push({ k, l, r });
        if (partners.length === 0 && (how === "left" || how === "full")) expected.push({ k, l, r: null });
      });
      if (how === "right" || how === "full") {
        rs.forEach((k, r) => {
          if (!ls.some((_, l) => matches(l, r))) expected.push({ k, l: null, r });
        });
      }
      expect(rowsOf(join(left, right, { how, on: on("k"), suffix: "" }))).toEqual(expected);
    }),
  );
});

describe("refuses", () => {
  test.each([
    ["an unknown column", on("orgin"), 'on, left input: there is no column "orgin"; did you mean "origin"?'],
    [
      "columns of different types",
      { left: ["origin"], right: ["n"] },
      'on: "origin" is utf8 and "n" is int8; they must have the same type',
    ],
  ])("%s", (_, columns, message) => {
    expect(() => join(flights, airports, { how: "inner", on: columns, suffix: "" })).toThrow(message);
  });

  test("two columns with the same name", () => {
    expect(() => join(flights, airports, { how: "inner", on: on("origin"), suffix: "" })).toThrow(
      'suffix: the result would have two columns "n"',
    );
  });
});
