import { Binary, type Data, Type, Utf8 } from "apache-arrow";
import { typeName } from "../types/type-names.ts";
import { contiguous } from "./gather.ts";
import { plainBytes } from "./gather-bytes.ts";
import { reader } from "./reader.ts";

/** Compares two rows of a column that are not null. Returns a number below 0 if the first comes before the second. */
export type Compare = (a: number, b: number) => number;

/**
 * Compares text and bytes by their bytes, as `LC_ALL=C sort` does. False comes before true, and NaN after all numbers.
 * @throws Error for lists and other types without an order
 */
export function comparator(data: Data): Compare {
  switch (data.type.typeId as Type) {
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      return bytesComparator(data);
    case Type.Utf8View:
      return bytesComparator(plainBytes(data, new Utf8()));
    case Type.BinaryView:
      return bytesComparator(plainBytes(data, new Binary()));
    case Type.Dictionary:
      return dictionaryComparator(data);
    case Type.Null:
      return () => 0;
    case Type.Bool:
    case Type.Int:
    case Type.Float:
    case Type.Decimal:
    case Type.Date:
    case Type.Time:
    case Type.Timestamp:
    case Type.Duration: {
      const exact = asNumbers(data);
      if (exact) return (a, b) => exact[a] - exact[b];
      const read = reader(data) as (row: number) => number;
      return (a, b) => compareNumbers(read(a), read(b));
    }
    default:
      throw new Error(`values of type ${typeName(data.type)} have no order`);
  }
}

/** Converts 64-bit integers to numbers if these are exact, because numbers compare faster. */
function asNumbers({ values, length }: Data): Float64Array | undefined {
  if (!(values instanceof BigInt64Array)) return undefined;
  const numbers = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    numbers[row] = Number(values[row]);
    if (!Number.isSafeInteger(numbers[row])) return undefined;
  }
  return numbers;
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function bytesComparator(data: Data): Compare {
  const bytes = data.values as Uint8Array;
  const offsets = data.valueOffsets as ArrayLike<number | bigint>;
  // Most values differ in the first bytes. Comparing these here is faster than a call of Buffer.compare.
  return (a, b) => {
    const startA = Number(offsets[a]);
    const startB = Number(offsets[b]);
    const lengthA = Number(offsets[a + 1]) - startA;
    const lengthB = Number(offsets[b + 1]) - startB;
    const common = Math.min(lengthA, lengthB);
    for (let at = 0; at < common; at++) {
      const difference = bytes[startA + at] - bytes[startB + at];
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  };
}

/** Sorts the values of the dictionary once, so that rows compare as numbers. */
function dictionaryComparator(data: Data): Compare {
  const ranks = ranksOf(contiguous(data.dictionary!.data));
  const indices = data.values as ArrayLike<number | bigint>;
  return (a, b) => ranks[Number(indices[a])] - ranks[Number(indices[b])];
}

/** Equal values have equal ranks. */
function ranksOf(values: Data): Int32Array {
  const compare = comparator(values);
  const order = Int32Array.from({ length: values.length }, (_, row) => row).sort(compare);
  const ranks = new Int32Array(values.length);
  let rank = 0;
  for (let index = 1; index < order.length; index++) {
    if (compare(order[index - 1], order[index]) !== 0) rank++;
    ranks[order[index]] = rank;
  }
  return ranks;
}
