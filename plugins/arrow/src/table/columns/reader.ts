import { Binary, type Data, type Decimal, type Float, Precision, Type, Utf8 } from "apache-arrow";
import { typeName } from "../types/type-names.ts";
import { bitAt } from "./bitmap.ts";
import { plainBytes } from "./gather-bytes.ts";
import { isValid } from "./validity.ts";

/**
 * Reads a column without loss. The value depends on the type:
 * - integers up to 32 bits, floats, days, times in s and ms: `number`
 * - integers of 64 bits, timestamps, durations, times in us and ns, dates in ms: `bigint`, in the unit of the type
 * - decimals: `bigint`, the digits without the point
 * - text: `string`; bytes: `Uint8Array`; booleans: `boolean`; intervals: `Int32Array`
 * - lists: an array; structs: an object; maps: an array of `{ key, value }`
 * - dictionaries: as the type of their values
 *
 * Null is `null`.
 */
export type Reader = (row: number) => unknown;

/** @throws Error for unions */
export function reader(data: Data): Reader {
  const read = valueReader(data);
  if (data.nullCount === 0) return read;
  return (row) => (isValid(data, row) ? read(row) : null);
}

/** A key for a `Map`. Two values of one type have the same key if and only if they are equal. */
export function keyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return `${part}n`;
    if (typeof part === "number" && !Number.isFinite(part)) return String(part);
    return ArrayBuffer.isView(part) ? Array.from(part as Uint8Array) : part;
  });
}

function valueReader(data: Data): Reader {
  const { type } = data;
  switch (type.typeId as Type) {
    case Type.Null:
      return () => null;
    case Type.Bool: {
      const bits = data.values as Uint8Array;
      return (row) => bitAt(bits, data.offset + row);
    }
    case Type.Float: {
      const values = data.values as Float64Array;
      if ((type as Float).precision === Precision.HALF) return (row) => halfToNumber(values[row]);
      return (row) => values[row];
    }
    case Type.Int:
    case Type.Date:
    case Type.Time:
    case Type.Timestamp:
    case Type.Duration: {
      const values = data.values as Int32Array | BigInt64Array;
      return (row) => values[row];
    }
    case Type.Decimal:
      return decimalReader(data as Data<Decimal>);
    case Type.Interval: {
      const values = data.values as Int32Array;
      return (row) => values.slice(row * data.stride, (row + 1) * data.stride);
    }
    case Type.Utf8:
    case Type.LargeUtf8: {
      const bytes = bytesReader(data);
      return (row) => bytes(row).toString("utf8");
    }
    case Type.Binary:
    case Type.LargeBinary: {
      const bytes = bytesReader(data);
      return (row) => new Uint8Array(bytes(row));
    }
    case Type.FixedSizeBinary: {
      const values = data.values as Uint8Array;
      return (row) => values.slice(row * data.stride, (row + 1) * data.stride);
    }
    case Type.Utf8View:
      return valueReader(plainBytes(data, new Utf8()));
    case Type.BinaryView:
      return valueReader(plainBytes(data, new Binary()));
    case Type.Dictionary:
      return dictionaryReader(data);
    case Type.List:
    case Type.LargeList:
    case Type.Map: {
      const entry = reader(data.children[0]);
      const offsets = data.valueOffsets as ArrayLike<number | bigint>;
      return (row) => entries(entry, Number(offsets[row]), Number(offsets[row + 1]));
    }
    case Type.FixedSizeList: {
      const entry = reader(data.children[0]);
      return (row) => entries(entry, row * data.stride, (row + 1) * data.stride);
    }
    case Type.Struct: {
      const names = type.children.map(({ name }: { name: string }) => name);
      const fields = data.children.map(reader);
      return (row) => Object.fromEntries(fields.map((field, index) => [names[index], field(row)]));
    }
    default:
      throw new Error(`values of type ${typeName(type)} cannot be read`);
  }
}

function bytesReader(data: Data): (row: number) => Buffer {
  const { buffer, byteOffset, byteLength } = data.values as Uint8Array;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const offsets = data.valueOffsets as ArrayLike<number | bigint>;
  return (row) => bytes.subarray(Number(offsets[row]), Number(offsets[row + 1]));
}

/** Reads every value once, however many rows have it, so that equal texts share one string. */
function dictionaryReader(data: Data): Reader {
  const indices = data.values as ArrayLike<number | bigint>;
  const values = data.dictionary!.data.flatMap((chunk) => {
    const read = reader(chunk);
    return Array.from({ length: chunk.length }, (_, row) => read(row));
  });
  return (row) => values[Number(indices[row])];
}

function entries(read: Reader, start: number, end: number): unknown[] {
  return Array.from({ length: end - start }, (_, index) => read(start + index));
}

/** Reads a decimal: two's complement in 32-bit words, the least significant first. */
function decimalReader(data: Data<Decimal>): Reader {
  const words = data.values;
  const { stride } = data;
  return (row) => {
    let value = BigInt(words[(row + 1) * stride - 1] | 0);
    for (let word = stride - 2; word >= 0; word--)
      value = (value << 32n) | BigInt(words[row * stride + word]);
    return value;
  };
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
