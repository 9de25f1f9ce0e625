import { Decoder } from "cbor-x/decode";
import { Encoder } from "cbor-x/encode";
import { messageOf, RainError } from "../../errors.ts";
import { checkCbor } from "./check-cbor.ts";

const options = {
  useRecords: false,
  mapsAsObjects: true,
  // Byte strings are plain; only typed arrays of other kinds carry their tags.
  tagUint8Array: false,
  // Integers of other languages' encoders; ours writes those above 2³² as floats.
  int64AsNumber: true,
};
const encoder: Encoder & { useBuffer?(buffer: Uint8Array): void } = new Encoder(options);
const decoder = new Decoder(options);

/** The encoder goes on in the buffer of the item before, and would keep one that grew large. */
const LARGE = 1 << 20;

/**
 * One CBOR item. Typed arrays keep their type, a `Uint8Array` is a byte string, a field that is `undefined` stays one.
 * The bytes are never written to again. @throws INTERNAL for a value that CBOR cannot hold, such as a function or a cycle
 */
export function encode(value: unknown): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = encoder.encode(value);
  } catch (error) {
    throw new RainError("INTERNAL", `this value cannot be encoded: ${messageOf(error)}`, { cause: error });
  }
  if (bytes.length > LARGE) encoder.useBuffer?.(Buffer.allocUnsafeSlow(8192));
  return bytes;
}

/**
 * The value of exactly one CBOR item, whose byte strings and typed arrays may be views of `bytes`.
 * Safe with hostile bytes. @throws INVALID_MESSAGE
 */
export function decode(bytes: Uint8Array): unknown {
  checkCbor(bytes);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new RainError("INVALID_MESSAGE", `not a valid CBOR item: ${messageOf(error)}`, { cause: error });
  }
}
