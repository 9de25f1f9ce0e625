import { Data, type DataType } from "apache-arrow";
import { offsetsOf } from "./offsets.ts";
import { type Rows, range } from "./rows.ts";
import { gatherValidity, isValid } from "./validity.ts";

/** Makes a new column of strings or bytes with a contiguous layout. */
export function gatherBytes(chunks: readonly Data[], rows: Rows): Data {
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
  const values = new Uint8Array(size);
  let end = 0;
  for (let index = 0; index < rows.length; index++) {
    const at = rows.row[index];
    if (at < 0) continue;
    const which = rows.chunk ? rows.chunk[index] : 0;
    const bytes = chunks[which].values as Uint8Array;
    const last = Number(starts[which][at + 1]);
    for (let position = Number(starts[which][at]); position < last; position++)
      values[end++] = bytes[position];
  }
  return new Data(type, 0, rows.length, nullCount, [offsets.array, values, nullBitmap]);
}

/** Converts a view column of strings or bytes to a contiguous layout. */
export function plainBytes(view: Data, type: DataType): Data {
  const parts: Uint8Array[] = [];
  const offsets = offsetsOf(type, view.length);
  let size = 0;
  for (let row = 0; row < view.length; row++) {
    if (isValid(view, row)) {
      const part = viewedBytes(view, row);
      parts.push(part);
      size += part.length;
    }
    offsets.set(row + 1, size);
  }
  const { nullCount, nullBitmap } = gatherValidity([view], {
    length: view.length,
    row: range(0, view.length),
  });
  return new Data(type, 0, view.length, nullCount, [offsets.array, Buffer.concat(parts, size), nullBitmap]);
}

/** A view has 16 bytes: the length, then the content if it has up to 12 bytes, or 4 bytes of it, a buffer number and an offset. */
function viewedBytes(view: Data, row: number): Uint8Array {
  const views = view.values as Uint8Array;
  const fields = new DataView(views.buffer, views.byteOffset + row * 16, 16);
  const length = fields.getInt32(0, true);
  if (length <= 12) return views.subarray(row * 16 + 4, row * 16 + 4 + length);
  const start = fields.getInt32(12, true);
  return view.variadicBuffers[fields.getInt32(8, true)].subarray(start, start + length);
}
