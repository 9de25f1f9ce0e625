import { describe, expect, test } from "vitest";
import { compile, UNKNOWN } from "../../src/expressions/compile.ts";
import { table } from "../tables.ts";

const flights = table({
  origin: ["utf8", ["DTW", "HNL", null]],
  delay: ["int64", [66n, null, -5n]],
  share: ["float64", [0.5, 1, null]],
  price: ["decimal(6, 2)", [1250n, 99n, null]],
  departure: ["timestamp[s]", [978_310_020n, 978_311_400n, null]],
  day: ["date", [11_323, 11_323, null]],
  city: ["dictionary", ["Detroit", "Honolulu", null]],
  stops: ["list<int64>", [[1n, 2n], [], null]],
  "gate number": ["int32", [3, 4, null]],
  in: ["bool", [true, false, null]],
  clock: ["time[s]", [0, 1, null]],
});

/** The values of an expression in the three rows. */
function values(text: string): unknown[] {
  const { evaluate } = compile(text, { table: flights, where: "where" });
  return [0, 1, 2].map(evaluate);
}

const typeOf = (text: string) => compile(text, { table: flights, where: "where" }).type;

describe("an expression sees the columns of a row", () => {
  test.each<[string, string, unknown[]]>([
    ["delay >= 15", "bool", [true, UNKNOWN, false]],
    ['origin == "DTW"', "bool", [true, false, false]],
    ["delay * 2 + 1", "int", [133n, UNKNOWN, -9n]],
    ["delay / 60.0", "double", [1.1, UNKNOWN, -5 / 60]],
    ["share > 0", "bool", [true, true, UNKNOWN]],
    ["share == 1", "bool", [false, true, false]],
    ["price * 2.0", "double", [25, 1.98, UNKNOWN]],
    ["departure.getHours()", "int", [0n, 1n, UNKNOWN]],
    ['departure > timestamp("2001-01-01T01:00:00Z")', "bool", [false, true, UNKNOWN]],
    ["day.getDayOfWeek()", "int", [1n, 1n, UNKNOWN]],
    ["city.startsWith('D')", "bool", [true, false, UNKNOWN]],
    ["stops.exists(stop, stop > 1)", "bool", [true, false, UNKNOWN]],
    ['row["gate number"] + 1', "int", [4n, 5n, UNKNOWN]],
    ["row['in']", "bool", [true, false, null]],
    ["row.delay", "int", [66n, null, -5n]],
    ["upper(city) + pad(delay, 4)", "string", ["DETROIT0066", UNKNOWN, UNKNOWN]],
  ])("%s", (text, type, expected) => {
    expect(typeOf(text)).toBe(type);
    expect(values(text)).toEqual(expected);
  });
});

describe("null", () => {
  test.each<[string, unknown[]]>([
    ["delay == null", [false, true, false]],
    ["delay != null && delay > 0", [true, false, false]],
    ["delay == null ? 0 : delay", [66n, 0n, -5n]],
    // One side is enough if it decides the result.
    ['delay > 0 || origin == "HNL"', [true, true, false]],
    ['delay > 0 && origin == "DTW"', [true, false, false]],
    ["!(delay > 0)", [false, UNKNOWN, true]],
  ])("%s", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });
});

describe("is refused before any row is read", () => {
  test.each([
    ["dely > 3", 'where: there is no column "dely"; did you mean "delay"? the columns are origin, delay, '],
    ["origin == DTW", 'there is no column "DTW"; the columns are'],
    ["origin > 3", 'where: there is no operation string > int, at character 1 of "origin > 3"'],
    ["delay + city > 3", 'there is no operation int + string, at character 1 of "delay + city > 3"'],
    ["delay >", 'where: the expression ends too early, at character 8 of "delay >"'],
    ["delay > > 3", 'where: unexpected token: GT, at character 9 of "delay > > 3"'],
    ["delay.upper()", "where: there is no function int.upper(), at character"],
    ['row["gate"] > 3', 'where: there is no column "gate"; the columns are'],
    ["clock > 3", 'where: column "clock" is of type time[s], which expressions do not support'],
  ])("%s", (text, message) => {
    expect(() => compile(text, { table: flights, where: "where" })).toThrow(message);
  });
});

test("an error in a row shows the row", () => {
  expect(() => values("delay / (delay - 66) > 1")).toThrow(
    'where: division by zero, at character 1 of "delay / (delay - 66) > 1", in row 1 (delay: 66)',
  );
  expect(() => values('city.matches("(")')).toThrow('in row 1 (city: "Detroit")');
});

test("generates no code from the text: an expression that is not CEL cannot access anything", () => {
  for (const text of [
    'process.exit(1) == ""',
    "constructor == 1",
    'row.__proto__ == ""',
    "(() => 1)() == 1",
  ]) {
    expect(() => compile(text, { table: flights, where: "where" })).toThrow(/^where: /);
  }
});
