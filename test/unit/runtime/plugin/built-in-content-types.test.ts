import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRegistry } from "../../../../src/runtime/plugin/registry.ts";

const registry = createRegistry([]);

function typeNamed(name: string) {
  const type = registry.contentType(name);
  if (!type) throw new Error(`no content type ${name}`);
  return {
    load: (bytes: Uint8Array) => type.load(bytes, name),
    dump: (value: unknown) => type.dump(value, name),
  };
}

describe("text", () => {
  test("is UTF-8", () => {
    expect(typeNamed("text").dump("é")).toEqual(Uint8Array.of(0xc3, 0xa9));
  });

  test("survives the round trip, but for a byte order mark", () => {
    const text = typeNamed("text");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(text.load(text.dump(value) as Uint8Array)).toBe(value.replace(/^\uFEFF/, ""));
      }),
    );
  });

  test.each([
    ["text-utf-8", "é", [0xc3, 0xa9]],
    ["text-latin1", "é", [0xe9]],
    ["text-utf-16", "é", [0xe9, 0]],
    ["text-koi8-r", "да", [0xc4, 0xc1]],
  ])("%s is written and read in its encoding", (name, value, bytes) => {
    const { load, dump } = typeNamed(name);
    expect(dump(value)).toEqual(Uint8Array.from(bytes));
    expect(load(Uint8Array.from(bytes))).toBe(value);
  });

  test("bytes that are no text are an error", () => {
    expect(() => typeNamed("text").load(Uint8Array.of(0xff))).toThrow("the bytes are no text in utf-8");
  });

  test("an encoding nobody knows is an error", () => {
    expect(() => typeNamed("text-klingon").load(new Uint8Array(0))).toThrow(
      'unknown text encoding "klingon"',
    );
  });

  test("a character that the encoding lacks is an error", () => {
    expect(() => typeNamed("text-koi8-r").dump("é")).toThrow('"é" cannot be written in koi8-r');
  });

  test("only a string is text", () => {
    expect(() => typeNamed("text").dump(5)).toThrow("text is expected, this is a number");
  });
});

describe("json", () => {
  const json = typeNamed("json");
  test("survives the round trip", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const again = json.load(json.dump(value) as Uint8Array);
        expect(JSON.stringify(again)).toBe(JSON.stringify(value));
      }),
    );
  });
  test("what JSON cannot hold is an error", () => {
    expect(() => json.dump(undefined)).toThrow("a value of type undefined cannot be written as JSON");
  });
});

describe("cbor", () => {
  const cbor = typeNamed("cbor");
  test("is plain CBOR, with bytes as byte strings", () => {
    expect(cbor.dump({ a: [1, Uint8Array.of(7)] })).toEqual(Buffer.from("a161618201" + "4107", "hex"));
  });
  test("large integers load as numbers", () => {
    expect(cbor.load(Buffer.from("1b0000010000000000", "hex"))).toBe(2 ** 40);
  });
});
