/** Reads a bit of a validity bitmap or a column of booleans. The least significant bit comes first. */
export function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] >> (index & 7)) & 1) === 1;
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] |= 1 << (index & 7);
}

/** The size of a bitmap in bytes: a multiple of 8, as Arrow recommends. */
export function bitmapBytes(length: number): number {
  return ((length + 63) >> 6) << 3;
}
