import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { decode, encode } from "../../../../../src/runtime/protocol/codec/codec.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("the codec", () => {
  it("survives a round trip, including the types of typed arrays", () => {
    const value = {
      text: "häé💥",
      numbers: [0, -1, 23, 24, 255, 65_536, 2 ** 32, -(2 ** 40), 1.5, Number.NaN],
      nothing: [null, undefined, true, false],
      tasks: Uint32Array.of(1, 2, 0xffffffff),
      sizes: Float64Array.of(2 ** 40, 0.5),
      durations: Float32Array.of(0.5),
    };
    expect(decode(encode(value))).toEqual(value);
  });

  it("encodes bytes as a plain byte string", () => {
    expect([...encode(bytes(1, 2))]).toEqual([0x42, 1, 2]);
    expect(decode(bytes(0x42, 1, 2))).toEqual(bytes(1, 2));
  });

  it("reads the integers of other encoders as numbers", () => {
    expect(decode(bytes(0x1b, 0, 0, 1, 0, 0, 0, 0, 0))).toBe(2 ** 40);
  });

  it("never overwrites returned bytes", () => {
    const first = encode("first");
    const copy = Buffer.from(first);
    for (let i = 0; i < 10_000; i++) encode({ i, filler: "x".repeat(i % 100) });
    encode(Buffer.alloc(3 << 20));
    expect(Buffer.from(first)).toEqual(copy);
  });

  it("survives any JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        // The decoder renames this one key, see below.
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        expect(JSON.stringify(decode(encode(value)))).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  it("throws if a value cannot be encoded", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [circle, () => 1]) {
      expect(() => encode(value)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
    }
  });
});

describe("decoding hostile bytes", () => {
  const invalid = (data: Uint8Array, message: string) =>
    expect(() => decode(data)).toThrow(
      expect.objectContaining({ code: "INVALID_MESSAGE", message: expect.stringContaining(message) }),
    );

  it("throws INVALID_MESSAGE for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        try {
          decode(data);
        } catch (error) {
          expect(error).toBeInstanceOf(RainError);
          expect((error as RainError).code).toBe("INVALID_MESSAGE");
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("throws INVALID_MESSAGE for every prefix and never reads past the end", () => {
    const message = encode([
      "finished",
      { tasks: Uint32Array.of(1, 2), note: "x".repeat(300), list: [1.5, null] },
    ]);
    for (let length = 0; length < message.length; length++) {
      const cut = message.slice(0, length);
      invalid(cut, "it is incomplete");
    }
  });

  it("rejects a flipped byte, or returns a value", () => {
    const message = encode(["finished", { tasks: Uint32Array.of(1, 2), note: "text", list: [1.5, null] }]);
    for (let at = 0; at < message.length; at++) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const damaged = Uint8Array.from(message);
        damaged[at] ^= flip;
        try {
          decode(damaged);
        } catch (error) {
          expect((error as RainError).code).toBe("INVALID_MESSAGE");
        }
      }
    }
  });

  it("limits the nesting", () => {
    invalid(new Uint8Array(1 << 20).fill(0x81), "nested");
    expect(decode(Buffer.concat([new Uint8Array(100).fill(0x81), bytes(0x00)]))).toBeDefined();
  });

  it("limits the number of items", () => {
    const length = 20_000_000;
    const head = Buffer.from([0x9a, 0, 0, 0, 0]);
    head.writeUInt32BE(length, 1);
    invalid(Buffer.concat([head, Buffer.alloc(length, 0x80)]), "items");
  });

  it.each([
    ["an array longer than the message", bytes(0x9a, 0xff, 0xff, 0xff, 0xff), "it is incomplete"],
    [
      "a map longer than the message",
      bytes(0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      "it is incomplete",
    ],
    ["a text longer than the message", bytes(0x7b, 0, 0, 0, 1, 0, 0, 0, 0), "it is incomplete"],
    ["an item without a length", bytes(0x9f, 0xff), "unsupported length"],
    ["a big number, which takes quadratic time", bytes(0xc2, 0x41, 1), "unsupported tag 2"],
    ["a reference to another item", bytes(0xd8, 29, 0), "unsupported tag 29"],
    ["an inline record, which is compiled to code", bytes(0xd9, 0xdf, 0xff, 0x80), "unsupported tag 57343"],
    ["a date", bytes(0xc1, 0), "unsupported tag 1"],
    ["a typed array that is no bytes", bytes(0xd8, 70, 0x80), "bad typed array"],
    ["a typed array with half an element", bytes(0xd8, 70, 0x41, 0), "bad typed array"],
    ["an unknown simple value", bytes(0xe0), "unsupported simple value"],
    ["more than one item", bytes(0, 0), "1 bytes follow"],
    ["a key that is no text", bytes(0xa1, 0x80, 0), "Invalid property name"],
  ])("refuses %s", (_what, data, message) => invalid(data, message));

  it("does not let a key reach the prototype", () => {
    const decoded = decode(
      Buffer.concat([bytes(0xa1, 0x69), Buffer.from("__proto__"), bytes(0xa1, 0x61, 0x78, 1)]),
    );
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect((decoded as { x?: unknown }).x).toBeUndefined();
  });
});
