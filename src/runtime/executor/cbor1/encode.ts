import { Encoder } from "cbor-x/encode";
import { messageOf, RainError } from "../../errors.ts";
import type { ToExecutor } from "./messages.ts";

/** The shortest heads, definite lengths, no extension of cbor-x: what any decoder reads. */
const encoder = new Encoder({ useRecords: false, tagUint8Array: false, variableMapSize: true });

/** Larger integers would be written as floats. */
const MAX_UINT32 = 2 ** 32 - 1;

/** A message as a CBOR item. @throws INTERNAL for a value that CBOR cannot hold */
export function encodeMessage(message: ToExecutor): Uint8Array {
  try {
    return encoder.encode(plain(message));
  } catch (error) {
    throw new RainError("INTERNAL", `a message to an executor cannot be encoded: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The same value without anything that old decoders stumble over: no tags, no `undefined`, no integers as floats. */
function plain(value: unknown): unknown {
  if (typeof value === "number") return isLongInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value ?? null;
  if (Array.isArray(value)) return value.map(plain);
  // Of a config that was given as a typed array, whose elements are all that JSON knows of it.
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, plain);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, plain(entry)]),
  );
}

function isLongInteger(value: number): boolean {
  return Number.isSafeInteger(value) && (value > MAX_UINT32 || value < -MAX_UINT32);
}
