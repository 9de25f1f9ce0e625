import type { Place } from "../checking/problems.ts";

/** A parsed file: plain values, and where in the text they stand. */
export interface Document {
  value: unknown;
  /** The offset in the text of a place; of one that the file does not have, that of the key of what should hold it. */
  locate: (place: Place) => number;
}
