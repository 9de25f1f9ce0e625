import { expect, test } from "vitest";
import { cbor } from "../../../../src/runtime/content-types/built-in/cbor.ts";
import { lookupAmong } from "../../../../src/runtime/content-types/lookup.ts";
import { previewOf, terminalText } from "../../../../src/runtime/content-types/preview.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const lookup = lookupAmong([
  { name: "user/count", load: String, dump: () => utf8(""), preview: (bytes) => `${bytes.length} bytes` },
]);
const preview = (data: string | Uint8Array, contentType: string, isWhole = true) =>
  previewOf(typeof data === "string" ? utf8(data) : data, contentType, lookup, isWhole);

test.each<[what: string, data: string | Uint8Array, contentType: string, lines: string[]]>([
  ["text as it is", "one\ntwo\n", "text", ["one", "two"]],
  ["text in its encoding", Uint8Array.of(0xe4), "text-latin1", ["ä"]],
  ["CSV as it is", "a,b\n1,2", "csv", ["a,b", "1,2"]],
  ["JSON indented", '{"a":1}', "json", ["{", '  "a": 1', "}"]],
  ["CBOR as JSON", cbor.dump({ a: Uint8Array.of(1) }, "") as Uint8Array, "cbor", ["{", '  "a": "AQ=="', "}"]],
  ["what a plugin says", "abc", "user/count/small", ["3 bytes"]],
  ["text without a type", "one", "", ["one"]],
  [
    "other bytes in hexadecimal digits",
    Uint8Array.from({ length: 18 }, (_, i) => i + 60),
    "pickle",
    [
      "00000000  3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  |<=>?@ABCDEFGHIJK|",
      "00000010  4c 4d                                            |LM|",
    ],
  ],
  ["nothing", "", "", [""]],
])("shows %s", async (_, data, contentType, lines) => {
  expect(await preview(data, contentType)).toBe(`${lines.join("\n")}\n`);
});

test("shows twenty shortened lines and the number of further ones", async () => {
  const long = "x".repeat(1000);
  const shown = await preview(`${`${long}\n`.repeat(22)}`, "text");
  const lines = shown.split("\n");
  expect(lines).toHaveLength(22);
  expect(lines[0]).toBe(`${"x".repeat(160)}…`);
  expect(lines.slice(20)).toEqual(["… and 2 more lines", ""]);
});

test("shows the first bytes and the number of further ones", async () => {
  expect((await preview(new Uint8Array(300), "")).split("\n").slice(-2)).toEqual(["… and 44 more bytes", ""]);
});

test("shows only the given part of the bytes", async () => {
  const part = (cbor.dump("x".repeat(100), "") as Uint8Array).slice(0, 20);
  expect((await preview(part, "cbor", false)).split("\n")).toMatchObject(
    [/^00000000 /, /^00000010 /, "… and more", ""].map((line) =>
      typeof line === "string" ? line : expect.stringMatching(line),
    ),
  );
});

test("explains why bytes are invalid, and shows them", async () => {
  const lines = (await preview("{oops", "json")).split("\n");
  expect(lines).toEqual([expect.stringMatching(/^not valid json: /), "{oops", ""]);
});

test.each<[what: string, data: string | Uint8Array, contentType: string]>([
  ["zero bytes", "a\0b", ""],
  ["control characters", "a\x07", "text"],
  ["no text", Uint8Array.of(0xff, 0xfe), "csv"],
  ["a type that is never text", "a", "cbor"],
  ["a subtype of such a type", "a", "protobuf/Person"],
])("a terminal does not show %s as it is", (_, data, contentType) => {
  expect(terminalText(typeof data === "string" ? utf8(data) : data, contentType)).toBeUndefined();
});

test.each<[what: string, data: string | Uint8Array, contentType: string, text: string]>([
  ["colours", "\x1b[31mred\x1b[0m\r\n", "", "\x1b[31mred\x1b[0m\r\n"],
  ["text of any type", "<svg/>", "mime/image/svg+xml", "<svg/>"],
  ["text that ends within a character", utf8("aä").slice(0, 2), "text", "a"],
])("a terminal shows %s", (_, data, contentType, text) => {
  expect(terminalText(typeof data === "string" ? utf8(data) : data, contentType)).toBe(text);
});
