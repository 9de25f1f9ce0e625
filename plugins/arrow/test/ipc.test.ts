import { Table, tableToIPC } from "apache-arrow";
import fc from "fast-check";
import type { ContentType } from "rain-tasks/plugin";
import { describe, expect, test } from "vitest";
import { readTable, writeTable } from "../src/ipc.ts";
import { columnsOf, tableOf, takeRows } from "../src/table/table.ts";
import { batched, tables } from "./arbitraries.ts";
import { rowsOf, table, typesOf, valuesOf } from "./tables.ts";

describe("written tables are read back unchanged", () => {
  test("as a file: every type, every value, nulls", () => {
    fc.assert(
      fc.property(tables(), (written) => {
        const read = readTable(writeTable(written));
        expect(typesOf(read)).toEqual(typesOf(written));
        expect(valuesOf(read)).toEqual(valuesOf(written));
      }),
    );
  });

  test("as a stream", () => {
    fc.assert(
      fc.property(tables(), (written) => {
        expect(valuesOf(readTable(tableToIPC(written, "stream")))).toEqual(valuesOf(written));
      }),
      { numRuns: 30 },
    );
  });

  test("in several batches with different dictionaries, although a file can have only one", () => {
    fc.assert(
      fc.property(tables(), tables(), (first, second) => {
        const read = readTable(writeTable(batched([first, second])));
        expect(rowsOf(read)).toEqual([...rowsOf(first), ...rowsOf(second)]);
      }),
      { numRuns: 30 },
    );
  });

  test("without rows", () => {
    const read = readTable(writeTable(table({ a: ["int64", []], b: ["dictionary", []] })));
    expect(typesOf(read)).toEqual({ a: "int64", b: "dictionary<utf8>" });
    expect(valuesOf(read)).toEqual({ a: [], b: [] });
  });

  test("without batches, and tasks can use them", () => {
    const { schema } = table({ a: ["int64", []], b: ["dictionary", []], c: ["list<utf8>", []] });
    const read = readTable(tableToIPC(new Table(schema, []), "stream"));
    expect(typesOf(read)).toEqual({ a: "int64", b: "dictionary<utf8>", c: "list<utf8>" });
    const unchanged = tableOf(columnsOf(read), 0);
    for (const none of [takeRows(read, new Int32Array(0)), unchanged]) {
      expect(valuesOf(readTable(writeTable(none)))).toEqual({ a: [], b: [], c: [] });
    }
    expect(valuesOf(takeRows(read, Int32Array.of(-1)))).toEqual({ a: [null], b: [null], c: [null] });
  });

  test("from any position in memory", () => {
    const bytes = writeTable(table({ a: ["int64", [1n, 2n]] }));
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(valuesOf(readTable(moved.subarray(3)))).toEqual({ a: [1n, 2n] });
  });
});

describe("refuses to write what is not a table of its own copy of apache-arrow", () => {
  test.each([[[1, 2]], [null], ["text"], [{}]])("%j", (value) => {
    expect(() => writeTable(value)).toThrow("it is no Table of apache-arrow");
  });

  test("a table of another copy, of which it would write nothing", async () => {
    // The built plugin has a copy of its own.
    const built = new URL("../dist/index.js", import.meta.url).href;
    const { arrow }: { arrow: ContentType } = await import(built);
    const foreign = await arrow.load(writeTable(table({ n: ["int64", [1n, 2n]] })), "arrow");
    expect(() => writeTable(foreign)).toThrow("made by another copy of apache-arrow");
    expect(await arrow.dump(foreign, "arrow")).toBeInstanceOf(Uint8Array);
  });
});

describe("refuses bytes that are not a table", () => {
  const whole = writeTable(table({ a: ["int64", [1n, 2n, 3n]] }));
  test.each([
    ["no bytes", new Uint8Array(0), "neither an Arrow file nor an Arrow stream: it is empty"],
    [
      "a text",
      Buffer.from("a,b\n1,2\n"),
      "neither an Arrow file nor an Arrow stream: it does not begin like one",
    ],
    ["Feather 1", Buffer.from("FEA1 and so on"), "Feather file of version 1"],
    ["half a file", whole.subarray(0, whole.length / 2), "damaged or cut off"],
    [
      "half a stream",
      tableToIPC(table({ a: ["int64", [1n]] }), "stream").subarray(0, 60),
      "damaged or cut off",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => readTable(bytes)).toThrow(message);
  });
});
