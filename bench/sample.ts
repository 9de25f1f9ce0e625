import { itemAt } from "./item-at.ts";

/** One run of a workload on one system. */
export interface Sample {
  /** From the first request to the last result known. */
  seconds: number;
  /** The same as points of time, in microseconds on the monotonic clock, where it is a part of the whole. */
  span?: readonly [begin: number, end: number];
  /** How much was done: tasks, bytes, or 1 for a plain duration. */
  amount: number;
  /** Further figures, such as `p99` in milliseconds or `server MB`. */
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
