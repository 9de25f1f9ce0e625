import { itemAt } from "./item-at.ts";

/** One run of a workload on one system. */
export interface Sample {
  /** The time from the first request until the last result is known. */
  seconds: number;
  /** The start and end of that time in microseconds on the monotonic clock, if it is only a part of the run. */
  span?: readonly [begin: number, end: number];
  /** The amount of work: tasks, bytes, or 1 for a plain duration. */
  amount: number;
  /** Additional figures, such as `p99` in milliseconds or `server MB`. */
  figures?: Record<string, number>;
}

export type Unit = "task" | "byte" | "run";

export function rate({ amount, seconds }: Sample): number {
  return amount / seconds;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? itemAt(sorted, middle)
    : (itemAt(sorted, middle - 1) + itemAt(sorted, middle)) / 2;
}
