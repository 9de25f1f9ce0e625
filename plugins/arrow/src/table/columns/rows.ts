import type { RecordBatch } from "apache-arrow";

/** The rows of a new column, in order: row `row[i]` of chunk `chunk[i]`. A row of -1 gives null. */
export interface Rows {
  readonly length: number;
  readonly row: Int32Array;
  /** If absent, every row is in the first chunk. */
  readonly chunk?: Uint32Array;
}

/** Converts row numbers of a table to rows of its batches. -1 stays -1. */
export function locate(batches: readonly RecordBatch[], wanted: Int32Array): Rows {
  if (batches.length <= 1) return { length: wanted.length, row: wanted };
  const starts = startsOf(batches.map(({ numRows }) => numRows));
  const row = new Int32Array(wanted.length);
  const chunk = new Uint32Array(wanted.length);
  let current = 0;
  for (let index = 0; index < wanted.length; index++) {
    const at = wanted[index];
    if (at < 0) {
      row[index] = -1;
      continue;
    }
    // Rows are usually in order, so the batch is usually the same as for the previous row.
    if (at < starts[current] || at >= starts[current + 1]) current = batchOf(starts, at);
    chunk[index] = current;
    row[index] = at - starts[current];
  }
  return { length: wanted.length, row, chunk };
}

/** All rows of chunks of these lengths, one chunk after the other. */
export function allRows(lengths: readonly number[]): Rows {
  const length = lengths.reduce((sum, part) => sum + part, 0);
  const row = new Int32Array(length);
  const chunk = new Uint32Array(length);
  let index = 0;
  for (let current = 0; current < lengths.length; current++) {
    for (let at = 0; at < lengths[current]; at++, index++) {
      row[index] = at;
      chunk[index] = current;
    }
  }
  return { length, row, chunk };
}

/** The rows from `start` to before `end`. */
export function range(start: number, end: number): Int32Array {
  const rows = new Int32Array(Math.max(0, end - start));
  for (let index = 0; index < rows.length; index++) rows[index] = start + index;
  return rows;
}

/** The start of each part, followed by the total length. */
function startsOf(lengths: readonly number[]): Float64Array {
  const starts = new Float64Array(lengths.length + 1);
  for (let index = 0; index < lengths.length; index++) starts[index + 1] = starts[index] + lengths[index];
  return starts;
}

/** The batch that contains `row`: the last one that starts at or before it. */
function batchOf(starts: Float64Array, row: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
