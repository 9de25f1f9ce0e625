import { describe, expect, test } from "vitest";
import { type CsvReadOptions, readCsv } from "../../src/csv/read.ts";
import { typesOf, valuesOf } from "../tables.ts";

const read = (text: string | Uint8Array, options?: CsvReadOptions) => readCsv([Buffer.from(text)], options);

/** One column with these cells. */
const column = async (cells: readonly string[], options?: CsvReadOptions) => {
  const table = await read(["c", ...cells, ""].join("\n"), options);
  return [typesOf(table).c, valuesOf(table).c];
};

describe("the type of a column follows from all of its cells", () => {
  test.each<[string, string[], string, unknown[]]>([
    ["integers", ["1", "-20", "9223372036854775807"], "int64", [1n, -20n, 9223372036854775807n]],
    ["numbers", ["1", "2.5", "-1e3", ".5"], "float64", [1, 2.5, -1000, 0.5]],
    ["NaN and infinity", ["NaN", "-Infinity", "1.0"], "float64", [Number.NaN, -Infinity, 1]],
    ["true and false", ["true", "FALSE"], "bool", [true, false]],
    ["dates", ["1970-01-02", "2000-02-29"], "date", [1, 11_016]],
    ["times", ["1970-01-01 00:01", "1970-01-01T00:00:02"], "timestamp[s]", [60n, 2n]],
    [
      "times with fractions",
      ["1970-01-01 00:00:00.5", "1970-01-01 00:00:00.1234"],
      "timestamp[us]",
      [500_000n, 123_400n],
    ],
    [
      "times with offsets",
      ["1970-01-01T02:00:00+02:00", "1970-01-01T00:00:01Z"],
      "timestamp[s, UTC]",
      [0n, 1n],
    ],
    ["codes with leading zeros", ["007", "12"], "utf8", ["007", "12"]],
    ["integers that are too large", ["9223372036854775808"], "utf8", ["9223372036854775808"]],
    ["dates that do not exist", ["2001-02-29"], "utf8", ["2001-02-29"]],
    [
      "times with and without offset",
      ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00"],
      "utf8",
      ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00"],
    ],
    ["anything else", ["1", "x"], "utf8", ["1", "x"]],
    ["nothing", ["", ""], "null", [null, null]],
    ["a value and an empty cell", ["", "1"], "int64", [null, 1n]],
  ])("%s", async (_, cells, type, values) => {
    expect(await column(cells)).toEqual([type, values]);
  });
});

describe("types in the config", () => {
  test("replace the inferred ones", async () => {
    const table = await read("a,b,c,d,e\n007,1.50,1.1,x,2001-01-01 00:00\n,,,,\n", {
      types: { a: "utf8", b: "decimal(5, 2)", c: "float32", d: "dictionary", e: "timestamp[us]" },
    });
    expect(typesOf(table)).toEqual({
      a: "utf8",
      b: "decimal(5, 2)",
      c: "float32",
      d: "dictionary<utf8>",
      e: "timestamp[us]",
    });
    expect(valuesOf(table)).toEqual({
      a: ["007", null],
      b: [150n, null],
      c: [Math.fround(1.1), null],
      d: ["x", null],
      e: [978_307_200_000_000n, null],
    });
  });

  test.each([
    ["a value that is not of it", "1\nx\n", "int64", 'column "c": row 2: "x" is not of type int64'],
    ["a value that is too large", "300\n", "int8", '"300" is not of type int8'],
    ["a fraction that would be lost", "1.005\n", "decimal(5, 2)", '"1.005" is not of type decimal(5, 2)'],
    [
      "a time without the required offset",
      "2001-01-01 00:00\n",
      "timestamp[s, UTC]",
      '"2001-01-01 00:00" is not of type timestamp[s, UTC]',
    ],
    ["an unknown type", "1\n", "flaot64", 'there is no type "flaot64"; did you mean "float64"?'],
    [
      "a type without a text form",
      "1\n",
      "list<int64>",
      "a value of type list<int64> cannot be read from text",
    ],
  ])("refuse %s", async (_, cells, type, message) => {
    await expect(read(`c\n${cells}`, { types: { c: type } })).rejects.toThrow(message);
  });

  test("must name existing columns", async () => {
    await expect(read("delay\n1\n", { types: { dely: "utf8" } })).rejects.toThrow(
      'types: there is no column "dely"; did you mean "delay"?; the columns are delay',
    );
  });
});

describe("names", () => {
  test("come without the byte order mark", async () => {
    expect(typesOf(await read('\uFEFF"a",b\n1,2\n'))).toEqual({ a: "int64", b: "int64" });
  });

  test("are counted where there is no header, or are given", async () => {
    expect(valuesOf(await read("1,2\n", { header: false }))).toEqual({ column_1: [1n], column_2: [2n] });
    expect(valuesOf(await read("a,a\n1,2\n", { columns: ["x", "y"] }))).toEqual({ x: [1n], y: [2n] });
  });

  test.each([
    [
      "twice",
      "a,a\n1,2\n",
      {},
      'there are two columns "a"; set "columns" in the config to give them other names',
    ],
    ["too few", "a,b\n1,2\n", { columns: ["x"] }, "columns: 1 names are given for 2 columns"],
    ["none", "", {}, "the file is empty"],
  ])("%s: an error", async (_, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });
});

test("null and the empty text differ by their quotes", async () => {
  expect(valuesOf(await read('a,b\n"",x\n,""\n'))).toEqual({ a: ["", null], b: ["x", ""] });
  expect(valuesOf(await read('a\nNA\n"NA"\n1\n', { nulls: ["NA"] }))).toEqual({ a: [null, "NA", "1"] });
});

test("text that is not UTF-8 is refused, with what to do", async () => {
  await expect(read(Buffer.from("a\n\xe9\n", "latin1"))).rejects.toThrow(
    'column "a": the text is not UTF-8; name another encoding in the content type, such as text-latin1',
  );
});
