import { type Data, Type } from "apache-arrow";
import { bitAt, bitmapBytes, setBit } from "./bitmap.ts";
import type { Rows } from "./rows.ts";

/** Whether a row of a column has a value. For a struct, this means the struct itself, not its fields. */
export function isValid(data: Data, row: number): boolean {
  if (data.type.typeId === Type.Null) return false;
  const { nullBitmap } = data;
  if (nullBitmap === undefined || nullBitmap.length === 0) return true;
  return bitAt(nullBitmap, data.offset + row);
}

/** The validity bitmap of the new column. It is empty if no row is null. */
export function gatherValidity(chunks: readonly Data[], { length, row, chunk }: Rows) {
  const bitmaps = chunks.map(({ nullBitmap }) => (nullBitmap?.length ? nullBitmap : undefined));
  const offsets = chunks.map(({ offset }) => offset);
  const bits = new Uint8Array(bitmapBytes(length));
  let nullCount = 0;
  for (let index = 0; index < length; index++) {
    const from = chunk ? chunk[index] : 0;
    const at = row[index];
    const bitmap = bitmaps[from];
    if (at >= 0 && (bitmap === undefined || bitAt(bitmap, offsets[from] + at))) setBit(bits, index);
    else nullCount++;
  }
  return { nullCount, nullBitmap: nullCount === 0 ? new Uint8Array(0) : bits };
}
