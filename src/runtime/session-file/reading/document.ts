import type { Location } from "../checking/location.ts";

/** A parsed file: plain values, and their offsets in the text. */
export interface Document {
  value: unknown;
  /** The offset in the text. A value that is missing has the offset of the key that should contain it. */
  locate: (location: Location) => number;
}
