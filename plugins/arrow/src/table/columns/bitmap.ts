/** Bits of an Arrow validity bitmap or of a column of booleans: least significant first. */
export function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] >> (index & 7)) & 1) === 1;
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] |= 1 << (index & 7);
}

/** The bytes of a bitmap, a multiple of 8 as Arrow recommends. */
export function bitmapBytes(length: number): number {
  return ((length + 63) >> 6) << 3;
}
