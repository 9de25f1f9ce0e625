import { describe, expect, test } from "vitest";
import { cbor } from "../../../../src/runtime/content-types/built-in/cbor.ts";
import { structuredClone } from "../../../../src/runtime/content-types/built-in/structured-clone.ts";
import { convert } from "../../../../src/runtime/content-types/convert.ts";
import { lookupAmong } from "../../../../src/runtime/content-types/lookup.ts";
import { defineContentType } from "../../../../src/runtime/plugin/contract/index.ts";

/** A table of a plugin: pairs of bytes, which it loads as an iterable of rows. */
const pairs = defineContentType<Uint8Array[]>({
  name: "user/pairs",
  load: (bytes) => Array.from({ length: bytes.length / 2 }, (_, i) => bytes.slice(2 * i, 2 * i + 2)),
  dump: (rows) => Buffer.concat(rows),
  toPlain: (rows) => rows.map(([a, b]) => ({ a, b })),
});
const lookup = lookupAmong([pairs]);

async function converted(data: string | Uint8Array, contentType: string, wanted: string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return Buffer.from(await convert({ bytes, contentType }, wanted, lookup, "it")).toString("utf8");
}
const cborOf = (value: unknown) => cbor.dump(value, "cbor") as Uint8Array;

describe("JSON", () => {
  test.each<[string, string | Uint8Array, string, unknown]>([
    ["of JSON", '{"a":1}', "json", { a: 1 }],
    ["of text is the text", "äh\n", "text", "äh\n"],
    ["of text in another encoding", Uint8Array.of(0xe4), "text-latin1", "ä"],
    ["of CSV is a list of rows", "a,b\n1,2\n", "csv", [{ a: "1", b: "2" }]],
    ["of NDJSON is a list of values", "1\n{}\n", "ndjson", [1, {}]],
    ["of bytes is base64", cborOf({ raw: Uint8Array.of(0, 255) }), "cbor", { raw: "AP8=" }],
    ["of a large integer is its digits", cborOf([2n ** 60n, 2 ** 50]), "cbor", [String(2n ** 60n), 2 ** 50]],
    ["of a date is ISO 8601", cborOf({ at: new Date(0) }), "cbor", { at: "1970-01-01T00:00:00.000Z" }],
    ["of a map or set", cborOf([new Map([[1, new Set([2])]])]), "cbor", [{ 1: [2] }]],
    [
      "of what a plugin loads is what it calls plain",
      Uint8Array.of(1, 2, 3, 4),
      "user/pairs",
      [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
    ],
    ["of data without a type is what it holds", "[1]", "", [1]],
    ["of a type that nothing loads is what it holds", "[1]", "mime/application/json", [1]],
  ])("%s", async (_, data, contentType, value) => {
    expect(JSON.parse(await converted(data, contentType, "json"))).toEqual(value);
  });

  test("is indented, and ends with a line break", async () => {
    expect(await converted("[1]", "json", "json")).toBe("[\n  1\n]\n");
  });
});

test.each([
  ["csv of JSON", '[{"a":1,"b":"x"},{"a":2}]', "json", "csv", "a,b\n1,x\n2,\n"],
  ["csv of NDJSON", '{"a":1}\n{"a":2}', "ndjson", "csv", "a\n1\n2\n"],
  ["csv of a plugin's rows", "0123", "user/pairs", "csv", "a,b\n48,49\n50,51\n"],
  ["ndjson of CSV", "a\n1\n", "csv", "ndjson", '{"a":"1"}\n'],
  ["text of JSON is as it was written", '{"a" : 1}', "json", "text", '{"a" : 1}'],
  ["text of data without a type", "äh", "", "text", "äh"],
  ["a plugin's own type of itself", "0123", "user/pairs", "user/pairs", "0123"],
])("%s", async (_, data, contentType, wanted, result) => {
  expect(await converted(data, contentType, wanted)).toBe(result);
});

test("a value that contains itself is an error, but a repeated value is not", async () => {
  const twice = { a: [1] };
  const circle: Record<string, unknown> = { twice, again: twice };
  const json = () => converted(structuredClone.dump(circle), "user/structured-clone", "json");
  expect(JSON.parse(await json())).toEqual({ twice, again: twice });
  circle.self = circle;
  await expect(json()).rejects.toThrow(
    "it cannot be written as json: JSON cannot represent a value that contains itself",
  );
});

test("CBOR preserves bytes, dates and integers", async () => {
  const value = { raw: Uint8Array.of(1), at: new Date(5000), n: 2n ** 60n };
  const bytes = await convert({ bytes: cborOf(value), contentType: "cbor" }, "cbor", lookup, "it");
  expect(cbor.load(bytes, "cbor")).toEqual({ ...value, raw: Buffer.of(1) });
});

test("text is converted to another encoding", async () => {
  const latin = { bytes: Uint8Array.of(0xe4), contentType: "text-latin1" };
  expect(await convert(latin, "text", lookup, "it")).toEqual(Uint8Array.of(0xc3, 0xa4));
  expect(await convert(latin, "text-utf-16be", lookup, "it")).toEqual(Uint8Array.of(0, 0xe4));
});

test.each([
  ["{", "json", "json", /^it is not valid json: /],
  ["x", "", "json", /^it is not valid json: /],
  ["5", "json", "csv", "it cannot be written as csv: csv is a list of rows, this is a number"],
  [
    '{"a":1}',
    "json",
    "ndjson",
    "it cannot be written as ndjson: ndjson is a list of values, this is an object",
  ],
  [
    '{"a":1}',
    "json",
    "user/other",
    "it cannot be written as user/other: bytes are expected, but this is an object",
  ],
  [Uint8Array.of(0xff), "", "text", "it is not valid text: the bytes are not valid utf-8"],
  ["x", "pickle", "json", 'cannot read or write "pickle": only Python can'],
  ["x", "json", "arrow", /^it is not valid json/],
  ["[]", "json", "arrow", 'cannot read or write "arrow": only the plugin arrow can'],
])("%j of type %j as %j is an error", async (data, contentType, wanted, message) => {
  await expect(converted(data, contentType, wanted)).rejects.toThrow(message);
});
