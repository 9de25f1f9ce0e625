import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { json, ndjson } from "../../../../../src/runtime/content-types/built-in/json.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const dumped = (type: typeof json, value: unknown) => String(Buffer.from(type.dump(value, "") as Uint8Array));

describe("json", () => {
  test("survives the round trip", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const again = json.load(json.dump(value, "json") as Uint8Array, "json");
        expect(JSON.stringify(again)).toBe(JSON.stringify(value));
      }),
    );
  });

  test.each([
    [undefined, "undefined cannot be written as JSON"],
    [() => 1, "a function cannot be written as JSON"],
  ])("what JSON cannot hold is an error: %s", (value, message) => {
    expect(() => json.dump(value, "json")).toThrow(message);
  });

  test("may begin with a byte order mark", () => {
    expect(json.load(utf8("\uFEFF[1]"), "json")).toEqual([1]);
  });
});

describe("ndjson", () => {
  test("is a list with one value per line", () => {
    expect(dumped(ndjson as typeof json, [{ a: 1 }, "x\ny", null])).toBe('{"a":1}\n"x\\ny"\nnull\n');
  });

  test("survives the round trip", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const again = ndjson.load(ndjson.dump(values, "") as Uint8Array, "");
        expect(JSON.stringify(again)).toBe(JSON.stringify(values));
      }),
    );
  });

  test("empty lines, CRLF and a missing end of the last line do not matter", () => {
    expect(ndjson.load(utf8("1\r\n\n  \n2"), "ndjson")).toEqual([1, 2]);
    expect(ndjson.load(utf8(""), "ndjson")).toEqual([]);
  });

  test("an invalid line is named in the error", () => {
    expect(() => ndjson.load(utf8("1\n\n{a}\n"), "ndjson")).toThrow(/^line 3 is not JSON: /);
  });

  test("a value that is not a list is an error", () => {
    expect(() => ndjson.dump({ a: 1 } as unknown as unknown[], "")).toThrow("this is an object");
  });
});
