import fc from "fast-check";
import { expect, test } from "vitest";
import { cbor } from "../../../../../src/runtime/content-types/built-in/cbor.ts";

const load = (hex: string) => cbor.load(Buffer.from(hex, "hex"), "cbor");

test("is plain CBOR, with bytes as byte strings", () => {
  expect(cbor.dump({ a: [1, Uint8Array.of(7)] }, "cbor")).toEqual(Buffer.from("a161618201" + "4107", "hex"));
});

test("survives the round trip", () => {
  const value = fc.anything({ withBigInt: true, withMap: true, withNullPrototype: false });
  // Dates are seconds as floats. Far from 1970, these cannot represent milliseconds.
  const date = fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(fc.array(fc.oneof(value, fc.uint8Array(), fc.bigInt(), date)), (values) => {
      const once = cbor.load(cbor.dump(values, "cbor") as Uint8Array, "cbor");
      const twice = cbor.load(cbor.dump(once, "cbor") as Uint8Array, "cbor");
      expect(twice).toEqual(once);
    }),
  );
});

test.each([
  ["1b0000010000000000", 2 ** 40],
  ["3b0000010000000000", -(2 ** 40) - 1],
  ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
  ["1b0020000000000001", 2n ** 53n + 1n],
  ["3bffffffffffffffff", -(2n ** 64n)],
  ["a16161821b000001000000000000", { a: [2 ** 40, 0] }],
])("integers are numbers where these hold them exactly: %s", (hex, value) => {
  expect(load(hex)).toEqual(value);
});

test.each([
  [2 ** 32, "1b0000000100000000"],
  [-(2 ** 40), "3b000000ffffffffff"],
  [1.5 * 2 ** 60, "fb43b8000000000000"],
  [new Map([[2 ** 32, [2 ** 32]]]), "d90103a11b0000000100000000811b0000000100000000"],
])("integers are written as integers, as far as numbers are exact: %s", (value, hex) => {
  expect(Buffer.from(cbor.dump(value, "cbor") as Uint8Array).toString("hex")).toBe(hex);
});

test.each([
  ["", "Unexpected end"],
  ["83", "Unexpected end"],
  ["0102", "end of buffer not reached"],
])("bytes that are not one item are an error: %j", (hex, message) => {
  expect(() => load(hex)).toThrow(message);
});
