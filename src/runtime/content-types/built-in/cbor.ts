import { Decoder } from "cbor-x/decode";
import { Encoder } from "cbor-x/encode";
import type { ContentType } from "../../plugin/contract/index.ts";
import { jsonValue } from "./json-value.ts";

// Plain CBOR without the extensions of cbor-x, so that any decoder can read it.
const options = { useRecords: false, tagUint8Array: false, variableMapSize: true };
const encoder = new Encoder(options);
const decoder = new Decoder(options);

/** One CBOR item. Maps load as objects, byte strings as `Uint8Array`, integers beyond 2^53 as bigints. */
export const cbor: ContentType = {
  name: "cbor",
  extensions: ["cbor"],
  load: (bytes) => withNumbers(decoder.decode(bytes)),
  dump: (value) => encoder.encode(withBigints(value)),
  preview: (bytes) => JSON.stringify(jsonValue(withNumbers(decoder.decode(bytes))), null, 2) ?? "undefined",
};

/**
 * Replaces bigints that a number can represent exactly. The decoder makes a bigint of every 64-bit integer.
 */
function withNumbers(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = withNumbers(value[i]);
  } else if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [withNumbers(key), withNumbers(item)]));
  } else if (value instanceof Set) {
    return new Set([...value].map(withNumbers));
  } else if (isPlainObject(value)) {
    for (const key of Object.keys(value)) value[key] = withNumbers(value[key]);
  }
  return value;
}

/**
 * Replaces large integers by bigints. The encoder would write them as floats, which other languages
 * distinguish from integers.
 */
function withBigints(value: unknown): unknown {
  if (typeof value === "number") {
    return Math.abs(value) >= 2 ** 32 && Number.isSafeInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return value.map(withBigints);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [withBigints(key), withBigints(item)]));
  }
  if (value instanceof Set) return new Set([...value].map(withBigints));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBigints(item)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
