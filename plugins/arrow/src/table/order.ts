import { Binary, type Data, Type, Utf8 } from "apache-arrow";
import { contiguous } from "./gather.ts";
import { plainBytes } from "./gather-bytes.ts";
import { reader } from "./reader.ts";
import { typeName } from "./type-names.ts";

/** Compares two rows of a column, neither of which is null: below 0 when the first comes before the second. */
export type Compare = (a: number, b: number) => number;

/** Text and bytes go by their bytes, as `LC_ALL=C sort` has it; false comes before true, NaN after all numbers. @throws Error for lists and the like */
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
      const read = reader(data) as (row: number) => number;
      return (a, b) => compareNumbers(read(a), read(b));
    }
    default:
      throw new Error(`values of type ${typeName(data.type)} have no order`);
  }
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function bytesComparator(data: Data): Compare {
  const { buffer, byteOffset, byteLength } = data.values as Uint8Array;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const offsets = data.valueOffsets as ArrayLike<number | bigint>;
  return (a, b) =>
    bytes.compare(
      bytes,
      Number(offsets[b]),
      Number(offsets[b + 1]),
      Number(offsets[a]),
      Number(offsets[a + 1]),
    );
}

/** The values are put in order once; then the rows compare as numbers. */
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
