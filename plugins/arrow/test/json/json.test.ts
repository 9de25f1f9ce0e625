import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson } from "../../src/json/read.ts";
import { writeJson } from "../../src/json/write.ts";
import { SCALARS, tables } from "../arbitraries.ts";
import { table, typesOf, valuesOf } from "../tables.ts";

const json = (of: Parameters<typeof writeJson>[0], lines = false) =>
  Buffer.concat([...writeJson(of, { lines })]).toString();

describe("reads", () => {
  test.each([
    ["a list of objects", '[{"a": 1, "b": "x"}, {"b": null, "a": 2}]'],
    ["one object per line", '{"a": 1, "b": "x"}\n\n{"a": 2}\r\n'],
  ])("%s", (_, text) => {
    expect(valuesOf(readJson(text))).toEqual({ a: [1n, 2n], b: ["x", null] });
  });

  test("all digits of integers, and nested lists and objects", () => {
    const read = readJson(
      '[{"i": 9007199254740993, "f": 1.5, "l": [1, 2.5], "o": {"x": true}}, {"o": {"y": []}}]',
    );
    expect(typesOf(read)).toEqual({
      i: "int64",
      f: "float64",
      l: "list<float64>",
      o: "struct<x: bool, y: list<null>>",
    });
    expect(valuesOf(read)).toEqual({
      i: [9007199254740993n, null],
      f: [1.5, null],
      l: [[1, 2.5], null],
      o: [
        { x: true, y: null },
        { x: null, y: [] },
      ],
    });
  });

  test("texts unchanged, also next to large integers", () => {
    const text =
      '[{"a": "9007199254740993", "b": "1234567890123456789n", "c": -9007199254740993, "d": 1.0123456789012346}]';
    expect(valuesOf(readJson(text))).toEqual({
      a: ["9007199254740993"],
      b: ["1234567890123456789n"],
      c: [-9007199254740993n],
      d: [1.0123456789012346],
    });
  });

  test("types in the config, also without rows", () => {
    const types = { t: "timestamp[ms, UTC]", d: "decimal(4, 1)", i: "int64" };
    const read = readJson('[{"t": "1970-01-01T00:00:01Z", "d": 1.5, "i": "12"}]', { types });
    expect(valuesOf(read)).toEqual({ t: [1000n], d: [15n], i: [12n] });
    expect(typesOf(readJson("[]", { types: { i: "int64" } }))).toEqual({ i: "int64" });
  });
});

describe("refuses", () => {
  test.each([
    ["a list that is not JSON", "[{", {}, "this is not JSON: "],
    [
      "a line that is not an object",
      '{"a": 1}\nx\n',
      {},
      "line 2: this is neither a list of objects nor one object per line: ",
    ],
    [
      "a row that is not an object",
      "[{}, 3]",
      {},
      "row 2: a row is an object with a value for each column, not ",
    ],
    [
      "types that do not fit each other",
      '[{"a": 1}, {"a": "x"}]',
      {},
      'row 2, column "a": there is a text here, but an integer in a row before',
    ],
    [
      "a value that does not fit the type in the config",
      '[{"a": 1.5}]',
      { a: "int64" },
      'row 1, column "a": 1.5 is not of type int64',
    ],
    [
      "an unknown column",
      '[{"abc": 1}]',
      { abd: "int64" },
      'types: there is no column "abd"; did you mean "abc"?',
    ],
  ])("%s", (_, text, types, message) => {
    expect(() => readJson(text, { types: types as Record<string, string> })).toThrow(message);
  });
});

test("writes a list, or one line per row", () => {
  const written = table({
    i: ["int64", [9007199254740993n, null]],
    f: ["float64", [1, Number.NaN]],
    t: ["utf8", ['"', ""]],
  });
  expect(json(written)).toBe('[\n{"i":9007199254740993,"f":1.0,"t":"\\""},\n{"i":null,"f":null,"t":""}\n]\n');
  expect(json(written, true)).toBe('{"i":9007199254740993,"f":1.0,"t":"\\""}\n{"i":null,"f":null,"t":""}\n');
  expect(json(table({ a: ["int64", []] }))).toBe("[\n]\n");
});

test("reads back written values unchanged if types are set, except NaN and the infinities", () => {
  const finite = SCALARS.map(([type, value]) =>
    type.startsWith("float")
      ? ([type, (value as fc.Arbitrary<number>).filter(Number.isFinite)] as const)
      : ([type, value] as const),
  );
  const lists = [
    "list<int64>",
    fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  ] as const;
  const types = Object.fromEntries([...finite, lists].map(([type]) => [type, type]));
  fc.assert(
    fc.property(tables([...finite, lists]), fc.boolean(), (written, lines) => {
      const read = readJson(json(written, lines), { types });
      expect(typesOf(read)).toEqual(typesOf(written));
      expect(valuesOf(read)).toEqual(valuesOf(written));
    }),
  );
});
