import { Encoder } from "cbor-x/encode";
import { messageOf, RainError } from "../../errors.ts";
import type { ToExecutor } from "./messages.ts";

/** Writes the shortest heads, definite lengths and no extensions of cbor-x, so that any decoder can read the items. */
const encoder = new Encoder({ useRecords: false, tagUint8Array: false, variableMapSize: true });

/** cbor-x writes larger integers as floats. */
const MAX_UINT32 = 2 ** 32 - 1;

/** Encodes a message as one CBOR item. @throws INTERNAL for a value that CBOR cannot represent */
export function encodeMessage(message: ToExecutor): Uint8Array {
  try {
    return encoder.encode(plain(message));
  } catch (error) {
    throw new RainError("INTERNAL", `a message to an executor cannot be encoded: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Replaces what older decoders cannot read: tags, `undefined`, and integers written as floats. */
function plain(value: unknown): unknown {
  if (typeof value === "number") return isLongInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value ?? null;
  if (Array.isArray(value)) return value.map(plain);
  // Typed arrays in a config become lists, as in JSON.
  if (isTypedArray(value)) return Array.from(value, plain);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, plain(entry)]),
  );
}

function isLongInteger(value: number): boolean {
  return Number.isSafeInteger(value) && (value > MAX_UINT32 || value < -MAX_UINT32);
}

function isTypedArray(value: object): value is Iterable<unknown> {
  return ArrayBuffer.isView(value);
}
