import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../src/csv/read.ts";
import { type CsvWriteOptions, writeCsv } from "../../src/csv/write.ts";
import { SCALARS, tables } from "../arbitraries.ts";
import { table, typesOf, valuesOf } from "../tables.ts";

const csv = (of: Parameters<typeof writeCsv>[0], options?: CsvWriteOptions) =>
  Buffer.concat([...writeCsv(of, options)]).toString();

test("quotes cells only where necessary, and distinguishes null from the empty text", () => {
  const written = table({ "a,b": ["utf8", ["x", null, "", 'q"', "l\n", "r\r", ";"]] });
  expect(csv(written)).toBe('"a,b"\nx\n\n""\n"q"""\n"l\n"\n"r\r"\n;\n');
  expect(csv(written, { delimiter: ";", header: false, nulls: "x" })).toBe(
    '"x"\nx\n""\n"q"""\n"l\n"\n"r\r"\n";"\n',
  );
});

test("writes each type so that reading can infer it where possible", () => {
  const written = table({
    float: ["float64", [1, 0.1, 1e21]],
    time: ["timestamp[ms, Europe/Prague]", [0n, -1n, null]],
    decimal: ["decimal(5, 2)", [150n, -5n, null]],
    list: ["list<int64>", [[1n, null], [], null]],
    bytes: ["binary", [Uint8Array.of(255), null, null]],
  });
  expect(csv(written).split("\n").slice(1)).toEqual([
    '1.0,1970-01-01T00:00:00.000Z,1.50,"[1,null]",/w==',
    "0.1,1969-12-31T23:59:59.999Z,-0.05,[],",
    "1e+21,,,,",
    "",
  ]);
});

describe("written tables are read back unchanged", () => {
  test("if types are set: all values of all types", async () => {
    const types = Object.fromEntries(SCALARS.map(([type]) => [type, type]));
    await fc.assert(
      fc.asyncProperty(tables(SCALARS), async (written) => {
        const read = await readCsv(writeCsv(written), { types });
        expect(typesOf(read)).toEqual(typesOf(written));
        expect(valuesOf(read)).toEqual(valuesOf(written));
      }),
    );
  });

  test("if types are inferred: integers, floats, booleans, dates and times of any unit keep type and value", async () => {
    const kept = ["int64", "float64", "bool", "date", "timestamp[s]", "timestamp[ns]"];
    const types = SCALARS.filter(([type]) => kept.includes(type));
    await fc.assert(
      fc.asyncProperty(tables(types), async (written) => {
        const read = await readCsv(writeCsv(written));
        expect(valuesOf(read)).toEqual(valuesOf(written));
        for (const { name } of written.schema.fields) {
          const empty = valuesOf(written)[name].every((value) => value === null);
          expect(typesOf(read)[name]).toBe(empty ? "null" : name);
        }
      }),
    );
  });
});
