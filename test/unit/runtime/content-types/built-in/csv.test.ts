import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csv } from "../../../../../src/runtime/content-types/built-in/csv.ts";

const load = (text: string) => csv.load(new TextEncoder().encode(text), "csv");
const dump = (rows: unknown) => String(Buffer.from(csv.dump(rows as unknown[], "csv") as Uint8Array));

describe("reading", () => {
  test("returns rows of texts by the names of the header", () => {
    expect(load("name,age\nAda,36\nAlan,41\n")).toEqual([
      { name: "Ada", age: "36" },
      { name: "Alan", age: "41" },
    ]);
  });

  test.each([
    ["the last line may lack its end", "a\n1", [{ a: "1" }]],
    ["lines may end in CRLF", "a,b\r\n1,2\r\n", [{ a: "1", b: "2" }]],
    ["a byte order mark is skipped", "\uFEFFa\n1\n", [{ a: "1" }]],
    ["empty lines are skipped", "a\n\n1\n\n", [{ a: "1" }]],
    ["fields may be empty", "a,b\n,\n", [{ a: "", b: "" }]],
    ["quotes hold commas, quotes and lines", 'a,b\n"x,""y""","1\r\n2"\n', [{ a: 'x,"y"', b: "1\r\n2" }]],
    ["an empty quoted field is a row", 'a\n""\n', [{ a: "" }]],
    ["a header alone has no rows", "a,b\n", []],
    ["nothing has no rows", "", []],
    ["a column may have any name", "__proto__,\n1,2\n", [JSON.parse('{"__proto__":"1","":"2"}')]],
  ])("%s", (_, text, rows) => {
    expect(load(text)).toEqual(rows);
  });

  test.each([
    ["a,b\n1\n", "line 2 has 1 fields, but the header has 2"],
    ['a,b\n"x\ny",1\n1,2,3\n', "line 4 has 3 fields, but the header has 2"],
    ["a,a\n1,2\n", 'two columns have the name "a"'],
    ['a\n"x\n', "the quote that opens on line 2 is never closed"],
    ['a\nx"y"\n', "line 2 has a quote within a field"],
    ['a\n"x"y\n', 'line 2 has "y" where a comma or the end is expected'],
  ])("%j is an error", (text, message) => {
    expect(() => load(text)).toThrow(message);
  });
});

describe("writing", () => {
  test("puts every key into the header, and leaves missing fields empty", () => {
    expect(dump([{ a: 1 }, { b: "x", a: null }, { a: true }])).toBe("a,b\n1,\n,x\ntrue,\n");
  });

  test("accepts lists as rows, the first of which is the header", () => {
    expect(
      dump([
        ["a", "b"],
        [1, 'say "hi", all'],
      ]),
    ).toBe('a,b\n1,"say ""hi"", all"\n');
  });

  test("writes dates as ISO 8601, and integers of any size", () => {
    expect(dump([{ t: new Date(0), n: 2n ** 64n }])).toBe(
      "t,n\n1970-01-01T00:00:00.000Z,18446744073709551616\n",
    );
  });

  test("nothing is an empty file", () => {
    expect(dump([])).toBe("");
  });

  test.each([
    [{ a: 1 }, "csv is a list of rows, this is an object"],
    [[{ a: 1 }, 5], "row 1 of a csv is an object like the others, this is a number"],
    [[{ a: 1 }, [5]], "row 1 of a csv is an object like the others, this is a list"],
    [[{ a: { b: 1 } }], 'row 0, column "a" of a csv is an object, which cannot be a field'],
  ])("%j is an error", (rows, message) => {
    expect(() => dump(rows)).toThrow(message);
  });
});

test("rows survive the round trip", () => {
  const name = fc.string({ maxLength: 5 });
  // A byte order mark at the beginning is not part of the first name.
  const names = fc
    .uniqueArray(name, { minLength: 1, maxLength: 4 })
    .filter(([first]) => !/^\uFEFF/.test(first));
  const field = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a") }));
  const table = names.chain((header) =>
    fc.array(
      fc
        .array(field, { minLength: header.length, maxLength: header.length })
        .map((fields) => Object.fromEntries(header.map((column, i) => [column, fields[i]]))),
      { minLength: 1 },
    ),
  );
  fc.assert(
    fc.property(table, (rows) => {
      expect(load(dump(rows))).toEqual(rows);
    }),
  );
});
