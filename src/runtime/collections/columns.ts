/** Marks "none" in a column of numbers. */
export const NONE = 0xffffffff;

type Column = Uint8Array | Uint32Array | Float64Array;

/**
 * Returns the column itself if it has room for `length` entries, otherwise a larger copy. The first copy has
 * exactly `length` entries; later ones grow by at least half, so that appending costs constant time per
 * entry. New entries are 0.
 */
export function grown<C extends Column>(column: C, length: number): C {
  if (length <= column.length) return column;
  const create = column.constructor as new (length: number) => C;
  const larger = new create(Math.max(length, Math.ceil(column.length * 1.5)));
  larger.set(column);
  return larger;
}

/** After `take`, a buffer larger than this many numbers is replaced by a small one. */
const SPARE = 16_384;

/** A list of numbers that is filled and emptied repeatedly, without allocating per number. */
export class NumberList {
  items = new Uint32Array(16);
  length = 0;

  push(item: number): void {
    if (this.length === this.items.length) this.items = grown(this.items, this.length * 2);
    this.items[this.length++] = item;
  }

  /** Returns a copy of the numbers and empties the list. */
  take(): Uint32Array {
    const taken = this.items.slice(0, this.length);
    this.length = 0;
    if (this.items.length > SPARE) this.items = new Uint32Array(16);
    return taken;
  }
}
