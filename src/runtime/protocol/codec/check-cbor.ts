import { RainError } from "../../errors.ts";

const MAX_DEPTH = 128;
/** Limits the memory of a decoded message: an item of one byte can become a value of about fifty bytes. */
const MAX_ITEMS = 16_000_000;

/**
 * Tags of typed arrays (RFC 8746, little endian) with the size of an element. Other tags are rejected, since
 * each would be another target for attacks.
 */
const TYPED_ARRAYS: ReadonlyMap<number, number> = new Map([
  [64, 1],
  [68, 1],
  [69, 2],
  [70, 4],
  [71, 8],
  [72, 1],
  [77, 2],
  [78, 4],
  [79, 8],
  [85, 4],
  [86, 8],
]);

const BYTE_STRING = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;
/** The simple values false, true, null and undefined, and floats of 2, 4 and 8 bytes. */
const SIMPLE_INFO = new Set([20, 21, 22, 23, 25, 26, 27]);

/**
 * Checks, without decoding, that the bytes are one CBOR item of the kinds that Rain sends: definite lengths,
 * limited nesting, no tags except those of typed arrays. After this check it is safe to decode hostile bytes.
 * @throws INVALID_MESSAGE
 */
export function checkCbor(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  const remaining = new Float64Array(MAX_DEPTH + 1);
  let depth = 0;
  let items = 0;
  let at = 0;
  /** Size of an element if the previous item was the tag of a typed array, else 0. */
  let elementSize = 0;
  remaining[0] = 1;

  for (;;) {
    let left = remaining[depth] ?? 0;
    while (left === 0) {
      if (depth === 0) {
        if (at !== end) throw invalid(`${end - at} bytes follow the item`);
        return;
      }
      left = remaining[--depth] ?? 0;
    }
    remaining[depth] = left - 1;
    if (++items > MAX_ITEMS) throw invalid(`it contains more than ${MAX_ITEMS} items`);
    if (at >= end) throw truncated();
    const head = view.getUint8(at++);
    const major = head >> 5;
    const info = head & 31;

    let value = info;
    if (info > 23) {
      const width = info < 28 ? 1 << (info - 24) : 0;
      if (at + width > end) throw truncated();
      if (info === 24) value = view.getUint8(at);
      else if (info === 25) value = view.getUint16(at);
      else if (info === 26) value = view.getUint32(at);
      else if (info === 27) value = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
      else throw invalid(`unsupported length at byte ${at - 1}`);
      at += width;
    }

    if (elementSize > 0 && (major !== BYTE_STRING || value % elementSize !== 0)) {
      throw invalid(`bad typed array at byte ${at}`);
    }
    elementSize = 0;

    if (major === BYTE_STRING || major === TEXT) {
      at += value;
      if (at > end) throw truncated();
    } else if (major === ARRAY || major === MAP || major === TAG) {
      let inside = value;
      if (major === MAP) inside = value * 2;
      if (major === TAG) {
        elementSize = TYPED_ARRAYS.get(value) ?? 0;
        if (elementSize === 0) throw invalid(`unsupported tag ${value}`);
        inside = 1;
      }
      if (inside > end - at) throw truncated();
      if (inside > 0) {
        if (depth === MAX_DEPTH) throw invalid(`it is nested more than ${MAX_DEPTH} deep`);
        remaining[++depth] = inside;
      }
    } else if (major === SIMPLE && !SIMPLE_INFO.has(info)) {
      throw invalid(`unsupported simple value ${info}`);
    }
  }
}

function truncated(): RainError {
  return invalid("it is incomplete");
}

function invalid(what: string): RainError {
  return new RainError("INVALID_MESSAGE", `not a valid CBOR item: ${what}`);
}
