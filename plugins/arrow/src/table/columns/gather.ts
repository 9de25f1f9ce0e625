// This folder reads, builds, compares and rearranges the values of one column.

import { Binary, Data, Dictionary, Int32, Type, Utf8, Vector } from "apache-arrow";
import { typeName } from "../types/type-names.ts";
import { bitAt, bitmapBytes, setBit } from "./bitmap.ts";
import { gatherBytes, plainBytes } from "./gather-bytes.ts";
import { offsetsOf } from "./offsets.ts";
import { keyOf, reader } from "./reader.ts";
import { allRows, type Rows } from "./rows.ts";
import { gatherValidity } from "./validity.ts";

/** Represents every typed array of values of a fixed width. */
type Values = Uint8Array | Int32Array | BigInt64Array;

/**
 * Makes a new column from rows of chunks of one type. It copies bytes and does not convert values to JavaScript, so none loses
 * precision. String and binary views become plain strings and bytes.
 * @throws Error for unions
 */
export function gather(chunks: readonly Data[], rows: Rows): Data {
  const { type } = chunks[0];
  switch (type.typeId as Type) {
    case Type.Null:
      return new Data(type, 0, rows.length, rows.length);
    case Type.Bool:
      return gatherBits(chunks, rows);
    case Type.Utf8:
    case Type.Binary:
    case Type.LargeUtf8:
    case Type.LargeBinary:
      return gatherBytes(chunks, rows);
    case Type.Utf8View:
      return gatherBytes(
        chunks.map((chunk) => plainBytes(chunk, new Utf8())),
        rows,
      );
    case Type.BinaryView:
      return gatherBytes(
        chunks.map((chunk) => plainBytes(chunk, new Binary())),
        rows,
      );
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      return gatherLists(chunks, rows);
    case Type.FixedSizeList:
      return gatherFixedLists(chunks, rows);
    case Type.Struct:
      return gatherStructs(chunks, rows);
    case Type.Dictionary:
      return gatherDictionary(chunks, rows);
    case Type.Union:
    case Type.NONE:
      throw new Error(`columns of type ${typeName(type)} cannot be rearranged`);
    default:
      return gatherFixed(chunks, rows);
  }
}

function gatherFixed(chunks: readonly Data[], rows: Rows): Data {
  const { type, stride } = chunks[0];
  const { nullCount, nullBitmap } = gatherValidity(chunks, rows);
  const columns = chunks.map(({ values }) => values as Values);
  const values = new (columns[0].constructor as new (length: number) => Values)(rows.length * stride);
  const { row, chunk } = rows;
  for (let index = 0; index < rows.length; index++) {
    const at = row[index];
    if (at < 0) continue;
    const from = columns[chunk ? chunk[index] : 0];
    for (let part = 0; part < stride; part++) values[index * stride + part] = from[at * stride + part];
  }
  return new Data(type, 0, rows.length, nullCount, [undefined, values, nullBitmap], [], chunks[0].dictionary);
}

function gatherBits(chunks: readonly Data[], rows: Rows): Data {
  const { nullCount, nullBitmap } = gatherValidity(chunks, rows);
  const values = new Uint8Array(bitmapBytes(rows.length));
  for (let index = 0; index < rows.length; index++) {
    const at = rows.row[index];
    if (at < 0) continue;
    const from = chunks[rows.chunk ? rows.chunk[index] : 0];
    if (bitAt(from.values as Uint8Array, from.offset + at)) setBit(values, index);
  }
  return new Data(chunks[0].type, 0, rows.length, nullCount, [undefined, values, nullBitmap]);
}

function gatherLists(chunks: readonly Data[], rows: Rows): Data {
  const { type } = chunks[0];
  const { nullCount, nullBitmap } = gatherValidity(chunks, rows);
  const starts = chunks.map((chunk) => chunk.valueOffsets as ArrayLike<number | bigint>);
  const offsets = offsetsOf(type, rows.length);
  let size = 0;
  for (let index = 0; index < rows.length; index++) {
    const at = rows.row[index];
    if (at >= 0) {
      const from = starts[rows.chunk ? rows.chunk[index] : 0];
      size += Number(from[at + 1]) - Number(from[at]);
    }
    offsets.set(index + 1, size);
  }
  const entries = entryRows(size, rows.length, (index) => {
    const at = rows.row[index];
    if (at < 0) return undefined;
    const chunk = rows.chunk ? rows.chunk[index] : 0;
    return { chunk, start: Number(starts[chunk][at]), end: Number(starts[chunk][at + 1]) };
  });
  const child = gather(
    chunks.map(({ children }) => children[0]),
    entries,
  );
  return new Data(type, 0, rows.length, nullCount, [offsets.array, undefined, nullBitmap], [child]);
}

function gatherFixedLists(chunks: readonly Data[], rows: Rows): Data {
  const { type, stride } = chunks[0];
  const { nullCount, nullBitmap } = gatherValidity(chunks, rows);
  const row = new Int32Array(rows.length * stride);
  const chunk = new Uint32Array(rows.length * stride);
  for (let index = 0; index < row.length; index++) {
    const of = Math.floor(index / stride);
    const at = rows.row[of];
    row[index] = at < 0 ? -1 : at * stride + (index % stride);
    if (rows.chunk) chunk[index] = rows.chunk[of];
  }
  const child = gather(
    chunks.map(({ children }) => children[0]),
    { length: row.length, row, chunk },
  );
  return new Data(type, 0, rows.length, nullCount, [undefined, undefined, nullBitmap], [child]);
}

function gatherStructs(chunks: readonly Data[], rows: Rows): Data {
  const { type } = chunks[0];
  const { nullCount, nullBitmap } = gatherValidity(chunks, rows);
  const children = chunks[0].children.map((_, field) =>
    gather(
      chunks.map((chunk) => chunk.children[field]),
      rows,
    ),
  );
  return new Data(type, 0, rows.length, nullCount, [undefined, undefined, nullBitmap], children);
}

/** The rows of the entries of lists, given the position of each list. */
function entryRows(
  size: number,
  lists: number,
  listAt: (index: number) => { chunk: number; start: number; end: number } | undefined,
): Rows {
  const row = new Int32Array(size);
  const chunk = new Uint32Array(size);
  let index = 0;
  for (let list = 0; list < lists; list++) {
    const found = listAt(list);
    if (!found) continue;
    for (let at = found.start; at < found.end; at++, index++) {
      row[index] = at;
      chunk[index] = found.chunk;
    }
  }
  return { length: size, row, chunk };
}

/** Chunks with the same dictionary keep it. Chunks with several get a common one, with every value once. */
function gatherDictionary(chunks: readonly Data[], rows: Rows): Data {
  const dictionaries = [...new Set(chunks.map(({ dictionary }) => dictionary as Vector))];
  if (dictionaries.length === 1) return gatherFixed(chunks, rows);
  const { values, places } = unite(dictionaries.map((dictionary) => contiguous(dictionary.data)));
  const columns = chunks.map((chunk) => chunk.values as Int32Array);
  const maps = chunks.map(({ dictionary }) => places[dictionaries.indexOf(dictionary as Vector)]);
  const { nullCount, nullBitmap } = gatherValidity(chunks, rows);
  const indices = new Int32Array(rows.length);
  for (let index = 0; index < rows.length; index++) {
    const at = rows.row[index];
    if (at < 0) continue;
    const from = rows.chunk ? rows.chunk[index] : 0;
    // The index of a null has no meaning and may be outside of the dictionary.
    indices[index] = maps[from][Number(columns[from][at])] ?? 0;
  }
  const { id, isOrdered } = chunks[0].type as Dictionary;
  const type = new Dictionary(values.type, new Int32(), id, isOrdered);
  return new Data(
    type,
    0,
    rows.length,
    nullCount,
    [undefined, indices, nullBitmap],
    [],
    new Vector([values]),
  );
}

/** Combines chunks of one type into one chunk. */
export function contiguous(chunks: readonly Data[]): Data {
  return chunks.length === 1 ? chunks[0] : gather(chunks, allRows(chunks.map(({ length }) => length)));
}

/** Combines dictionaries. `places` contains the new place of each value of each dictionary. */
function unite(dictionaries: readonly Data[]): { values: Data; places: Int32Array[] } {
  const placeOf = new Map<unknown, number>();
  const row: number[] = [];
  const chunk: number[] = [];
  const places = dictionaries.map((dictionary, from) => {
    const read = reader(dictionary);
    return Int32Array.from({ length: dictionary.length }, (_, at) => {
      const key = keyOf(read(at));
      let place = placeOf.get(key);
      if (place === undefined) {
        place = placeOf.size;
        placeOf.set(key, place);
        row.push(at);
        chunk.push(from);
      }
      return place;
    });
  });
  const rows = { length: row.length, row: Int32Array.from(row), chunk: Uint32Array.from(chunk) };
  return { values: gather(dictionaries, rows), places };
}
