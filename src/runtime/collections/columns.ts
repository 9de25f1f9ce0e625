/** Marks "none" in a column of numbers. */
export const NONE = 0xffffffff;

type Column = Uint8Array | Uint32Array | Float64Array;

/**
 * Answers the column itself when it has room for `length` entries, else a larger copy. The first copy has
 * exactly the length asked for; later copies grow by half, so that appending costs constant time per entry.
 * New entries are 0.
 */
export function grown<C extends Column>(column: C, length: number): C {
  if (length <= column.length) return column;
  const create = column.constructor as new (length: number) => C;
  const larger = new create(Math.max(length, Math.ceil(column.length * 1.5)));
  larger.set(column);
  return larger;
}

/** Buffers with more numbers than this are freed once they are taken. */
const SPARE = 16_384;

/** A list of numbers that is filled and taken again and again, without allocating per number. */
export class NumberList {
  items = new Uint32Array(16);
  length = 0;

  push(item: number): void {
    if (this.length === this.items.length) this.items = grown(this.items, this.length * 2);
    this.items[this.length++] = item;
  }

  /** Answers the numbers as an array of their own, and empties the list. */
  take(): Uint32Array {
    const taken = this.items.slice(0, this.length);
    this.length = 0;
    if (this.items.length > SPARE) this.items = new Uint32Array(16);
    return taken;
  }
}
