import {
  BinaryView,
  Data,
  Field,
  Float64,
  Struct,
  Table,
  Utf8View,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnOf } from "../../../src/table/columns/builder.ts";
import { columnsOf, tableOf, takeRows } from "../../../src/table/table.ts";
import { batched, tables } from "../../arbitraries.ts";
import { rowsOf, table, typesOf, valuesOf } from "../../tables.ts";

describe("rows of a table", () => {
  test("are taken in any order, any number of times, from any batch", () => {
    const taken = fc
      .tuple(tables(), tables())
      .map((parts) => batched(parts))
      .chain((whole) =>
        fc.tuple(fc.constant(whole), fc.array(fc.integer({ min: -1, max: whole.numRows - 1 }))),
      );
    fc.assert(
      fc.property(taken, ([whole, wanted]) => {
        const before = rowsOf(whole);
        const nulls = Object.fromEntries(whole.schema.fields.map(({ name }) => [name, null]));
        const after = takeRows(whole, Int32Array.from(wanted));
        expect(typesOf(after)).toEqual(typesOf(whole));
        expect(rowsOf(after)).toEqual(wanted.map((row) => (row < 0 ? nulls : before[row])));
      }),
    );
  });

  test("keep structs, and lists of a fixed size", () => {
    const inner = columnOf(new Float64(), [1, 2, null, 4]);
    const struct = new Data(new Struct([new Field("x", inner.type, true)]), 0, 4, 0, undefined as never, [
      inner,
    ]);
    const whole = tableOf([{ field: new Field("s", struct.type), data: struct }], 4);
    expect(valuesOf(takeRows(whole, Int32Array.of(2, 0)))).toEqual({ s: [{ x: null }, { x: 1 }] });
  });

  test.each([
    ["text", new Utf8View(), ["short", null, "a text of more than twelve bytes", ""]],
    ["bytes", new BinaryView(), [Uint8Array.of(1), null, new Uint8Array(20).fill(7), new Uint8Array(0)]],
  ])("of views of %s come out as the plain type", (_, type, values) => {
    const [data] = (vectorFromArray(values as never, type as never) as Vector).data;
    const whole = new Table({ v: new Vector([data]) });
    const plain = takeRows(whole, Int32Array.of(2, 1, 0, 3));
    expect(valuesOf(plain).v).toEqual([values[2], null, values[0], values[3]]);
    expect(typesOf(plain).v).toBe(type instanceof Utf8View ? "utf8" : "binary");
  });
});

test("dictionaries of several columns have different numbers", () => {
  const first = table({ a: ["dictionary", ["x"]] });
  const second = table({ b: ["dictionary", ["y"]] });
  const both = tableOf([...columnsOf(first), ...columnsOf(second)], 1);
  expect(new Set(both.schema.fields.map(({ type }) => type.id)).size).toBe(2);
});
