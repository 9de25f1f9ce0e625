import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeText,
  encodeText,
  isTextEncoding,
} from "../../../../../src/runtime/content-types/built-in/text.ts";

/** One label for each single-byte encoding of the WHATWG Encoding Standard. */
const SINGLE_BYTE = [
  ...["ibm866", "koi8-r", "koi8-u", "macintosh", "x-mac-cyrillic", "windows-874"],
  ...[2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15].map((part) => `iso-8859-${part}`),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((page) => `windows-125${page}`),
];

test("text is UTF-8", () => {
  expect(encodeText("é", "text")).toEqual(Uint8Array.of(0xc3, 0xa9));
});

test.each(["text", "text-utf-8", "text-utf-16le", "text-utf-16be"])(
  "%s survives the round trip, but for a byte order mark",
  (name) => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(decodeText(encodeText(value, name), name)).toBe(value.replace(/^\uFEFF/, ""));
      }),
    );
  },
);

describe.each(SINGLE_BYTE)("text-%s", (encoding) => {
  test("every byte that is a character survives a round trip", () => {
    const type = `text-${encoding}`;
    let characters = 0;
    for (let byte = 0; byte < 256; byte++) {
      let character: string;
      try {
        character = decodeText(Uint8Array.of(byte), type);
      } catch {
        continue;
      }
      characters += 1;
      expect(encodeText(character, type)).toEqual(Uint8Array.of(byte));
    }
    expect(characters).toBeGreaterThan(200);
  });
});

test.each([
  ["text-latin1", "é", [0xe9]],
  ["text-utf-16", "é", [0xe9, 0]],
  ["text-utf-16be", "é", [0, 0xe9]],
  ["text-koi8-r", "да", [0xc4, 0xc1]],
  ["text-KOI8-R", "да", [0xc4, 0xc1]],
])("%s is written and read in its encoding", (name, value, bytes) => {
  expect(encodeText(value, name)).toEqual(Uint8Array.from(bytes));
  expect(decodeText(Uint8Array.from(bytes), name)).toBe(value);
});

// Many versions of Node read these bytes as control characters.
test("windows-1252, also named latin1, has printable characters from 0x80", () => {
  expect(decodeText(Uint8Array.of(0x80, 0x81, 0x92, 0x9f), "text-windows-1252")).toBe("€\u0081’Ÿ");
  expect(encodeText("€’Ÿ", "text-latin1")).toEqual(Uint8Array.of(0x80, 0x92, 0x9f));
});

test.each([
  ["text-shift_jis", "日本", [0x93, 0xfa, 0x96, 0x7b]],
  ["text-euc-kr", "가", [0xb0, 0xa1]],
  ["text-gb18030", "中", [0xd6, 0xd0]],
  ["text-big5", "中", [0xa4, 0xa4]],
])("%s is read, but not written", (name, value, bytes) => {
  expect(decodeText(Uint8Array.from(bytes), name)).toBe(value);
  expect(() => encodeText("a", name)).toThrow("text can be read but not written in");
});

test("bytes that are not text are an error", () => {
  expect(() => decodeText(Uint8Array.of(0xff), "text")).toThrow("the bytes are not valid utf-8");
  expect(() => decodeText(Uint8Array.of(0, 0xd8), "text-utf-16")).toThrow("not valid utf-16le");
});

test("an unknown encoding is an error", () => {
  expect(() => decodeText(new Uint8Array(0), "text-klingon")).toThrow('unknown text encoding "klingon"');
  expect(isTextEncoding("klingon")).toBe(false);
  expect(isTextEncoding("l1")).toBe(true);
});

test("a character that the encoding lacks is an error", () => {
  expect(() => encodeText("é", "text-koi8-r")).toThrow('"é" cannot be written in koi8-r');
  expect(() => encodeText("𝄞", "text-latin1")).toThrow('"𝄞" cannot be written in windows-1252');
});

test("half of a surrogate pair is an error, and does not become another character", () => {
  expect(() => encodeText("\ud834", "text")).toThrow("half of a surrogate pair");
});

test("only a string is text", () => {
  expect(() => encodeText(5 as unknown as string, "text")).toThrow("text is expected, but this is a number");
});
