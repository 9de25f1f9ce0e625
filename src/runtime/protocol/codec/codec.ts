/* Encodes and decodes messages as CBOR, and checks bytes from untrusted peers. */

import { Decoder } from "cbor-x/decode";
import { Encoder } from "cbor-x/encode";
import { messageOf, RainError } from "../../errors.ts";
import { checkCbor } from "./check-cbor.ts";

const options = {
  useRecords: false,
  mapsAsObjects: true,
  // A `Uint8Array` is a plain byte string; only other typed arrays have tags.
  tagUint8Array: false,
  // For encoders of other languages; this one writes integers above 2³² as floats.
  int64AsNumber: true,
};
const encoder: Encoder & { useBuffer?(buffer: Uint8Array): void } = new Encoder(options);
const decoder = new Decoder(options);

/** The encoder reuses its buffer. One that grew beyond this size is replaced, so that it does not stay in memory. */
const MAX_REUSED_BYTES = 1 << 20;

/**
 * Encodes a value as one CBOR item. Typed arrays keep their type, a `Uint8Array` becomes a byte string, and
 * fields that are `undefined` are kept. The bytes are never overwritten.
 * @throws INTERNAL for a value that CBOR cannot represent, such as a function or a cycle
 */
export function encode(value: unknown): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = encoder.encode(value);
  } catch (error) {
    throw new RainError("INTERNAL", `this value cannot be encoded: ${messageOf(error)}`, { cause: error });
  }
  if (bytes.length > MAX_REUSED_BYTES) encoder.useBuffer?.(Buffer.allocUnsafeSlow(8192));
  return bytes;
}

/**
 * Decodes exactly one CBOR item. Its byte strings and typed arrays may be views of `bytes`. Safe with hostile bytes. @throws INVALID_MESSAGE
 */
export function decode(bytes: Uint8Array): unknown {
  checkCbor(bytes);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new RainError("INVALID_MESSAGE", `not a valid CBOR item: ${messageOf(error)}`, { cause: error });
  }
}
