import { type Data, Type } from "apache-arrow";
import { keyOf, reader } from "./reader.ts";

/** Codes for the values of one or several columns. Rows with equal values have equal codes, numbered from 0 as they first occur. */
export interface Codes {
  codes: Int32Array;
  /** The first row with each code. */
  first: Int32Array;
}

/** Null is a value that equals itself, and so is NaN. @param columns of the same length */
export function codesOf(columns: readonly Data[], length: number): Codes {
  if (columns.length === 0)
    return { codes: new Int32Array(length), first: new Int32Array(Math.min(1, length)) };
  return columns.map(columnCodes).reduce(together);
}

function columnCodes(data: Data): Codes {
  const read = data.type.typeId === Type.Dictionary ? indexReader(data) : reader(data);
  return numbered(data.length, (row) => keyOf(read(row)));
}

function together(left: Codes, right: Codes): Codes {
  const rightCount = right.first.length;
  return numbered(left.codes.length, (row) => left.codes[row] * rightCount + right.codes[row]);
}

function numbered(length: number, keyAt: (row: number) => unknown): Codes {
  const known = new Map<unknown, number>();
  const codes = new Int32Array(length);
  const first: number[] = [];
  for (let row = 0; row < length; row++) {
    const key = keyAt(row);
    let code = known.get(key);
    if (code === undefined) {
      code = known.size;
      known.set(key, code);
      first.push(row);
    }
    codes[row] = code;
  }
  return { codes, first: Int32Array.from(first) };
}

/** Maps each place of a dictionary to the first place of the same value, because a dictionary may contain a value twice. */
function indexReader(data: Data): (row: number) => unknown {
  const values = data.dictionary!;
  const places = new Map<unknown, number>();
  const read = values.data.flatMap((chunk) => {
    const value = reader(chunk);
    return Array.from({ length: chunk.length }, (_, row) => keyOf(value(row)));
  });
  const canonical = read.map((key, place) => {
    if (key === null) return null;
    const before = places.get(key);
    if (before === undefined) places.set(key, place);
    return before ?? place;
  });
  const indices = data.values as ArrayLike<number | bigint>;
  const place = (row: number) => canonical[Number(indices[row])];
  return data.nullCount === 0 ? place : (row) => (data.getValid(row) ? place(row) : null);
}
