import { describe, expect, test } from "vitest";
import { describe as describeTable } from "../../src/ops/describe.ts";
import { select } from "../../src/ops/select.ts";
import { previewTable } from "../../src/preview.ts";
import { rowsOf, table, typesOf, valuesOf } from "../tables.ts";

const flights = table({
  origin: ["utf8", ["DTW", "HNL", null]],
  delay: ["int64", [66n, null, -5n]],
  departure: ["timestamp[s]", [978_310_020n, 978_311_400n, null]],
});

describe("select", () => {
  test("selects, renames and orders columns", () => {
    const selected = select(flights, ["delay", { column: "origin", as: "from" }]);
    expect(valuesOf(selected)).toEqual({ delay: [66n, null, -5n], from: ["DTW", "HNL", null] });
  });

  test("* stands for all columns that are not named or dropped", () => {
    expect(Object.keys(typesOf(select(flights, ["departure", "*"])))).toEqual([
      "departure",
      "origin",
      "delay",
    ]);
    expect(Object.keys(typesOf(select(flights, ["*"], ["delay"])))).toEqual(["origin", "departure"]);
  });

  test("computes columns, of the type of the expression or a given one", () => {
    const selected = select(flights, [
      { expression: "delay / 60.0", as: "hours" },
      { expression: "delay > 15", as: "late" },
      { expression: "departure", as: "day", type: "date" },
      { expression: 'departure + duration("1h")', as: "next", type: "timestamp[us]" },
      { expression: "departure", as: "same" },
      { expression: "origin.split('')", as: "letters" },
      { expression: "origin", as: "code", type: "dictionary" },
      { expression: "delay", as: "cents", type: "decimal(6, 2)" },
    ]);
    expect(typesOf(selected)).toEqual({
      hours: "float64",
      late: "bool",
      day: "date",
      next: "timestamp[us]",
      same: "timestamp[ms, UTC]",
      letters: "list<utf8>",
      code: "dictionary<utf8>",
      cents: "decimal(6, 2)",
    });
    expect(rowsOf(selected).slice(0, 2)).toEqual([
      {
        hours: 1.1,
        late: true,
        day: 11_323,
        next: 978_313_620_000_000n,
        same: 978_310_020_000n,
        letters: ["D", "T", "W"],
        code: "DTW",
        cents: 6600n,
      },
      {
        hours: null,
        late: null,
        day: 11_323,
        next: 978_315_000_000_000n,
        same: 978_311_400_000n,
        letters: ["H", "N", "L"],
        code: "HNL",
        cents: null,
      },
    ]);
  });

  test("a computed column can replace the column of its name", () => {
    const selected = select(flights, ["*", { expression: "-delay", as: "delay" }]);
    expect(valuesOf(selected).delay).toEqual([-66n, null, 5n]);
  });

  test.each([
    [["x"], 'columns[0]: there is no column "x"'],
    [["delay", "delay"], 'columns: the result would have two columns "delay"'],
    [
      [{ expression: "delay >", as: "x" }],
      "columns[0].expression: the expression ends too early, at character 8",
    ],
    [
      [{ expression: "{'a': delay}", as: "x" }],
      'columns[0]: set "type", because the expression gives a value of type map',
    ],
    [[{ expression: "delay", as: "x", type: "int8x" }], 'there is no type "int8x"; did you mean "int8"?'],
    [[{ expression: "delay * 2", as: "x", type: "int8" }], "columns[0]: row 1: 132 is not of type int8"],
  ])("refuses %j", (columns, message) => {
    expect(() => select(flights, columns)).toThrow(message);
  });
});

test("describe shows the statistics that each column has", () => {
  const described = describeTable(
    table({
      n: ["int64", [1n, 2n, 2n, null]],
      t: ["utf8", ["b", "a", null, null]],
      l: ["list<int64>", [[1n], [1n], [], null]],
    }),
  );
  expect(rowsOf(described)).toEqual([
    {
      column: "n",
      type: "int64",
      rows: 4n,
      nulls: 1n,
      distinct: 2n,
      min: "1",
      max: "2",
      mean: 5 / 3,
      stdev: expect.closeTo(0.577, 3),
      median: 2,
    },
    {
      column: "t",
      type: "utf8",
      rows: 4n,
      nulls: 2n,
      distinct: 2n,
      min: "a",
      max: "b",
      mean: null,
      stdev: null,
      median: null,
    },
    {
      column: "l",
      type: "list<int64>",
      rows: 4n,
      nulls: 1n,
      distinct: 2n,
      min: null,
      max: null,
      mean: null,
      stdev: null,
      median: null,
    },
  ]);
});

test("a preview shows columns, types and the first rows", () => {
  expect(previewTable(select(flights, ["origin", "delay"]))).toBe(
    ["3 rows, 2 columns", "origin  delay", "utf8    int64", "DTW     66", "HNL     –", "–       -5"].join(
      "\n",
    ),
  );
});
