import type { Source } from "../reading/source.ts";

/** Keys and indices from the top of a document. */
export type Path = readonly (string | number)[];

/** The value at a path, or its key. A value that is missing is located at the key that should contain it. */
export interface Location {
  path: Path;
  part: "key" | "value";
  /** The character that is meant, when the value is text. */
  character?: { text: string; index: number } | undefined;
}

/** A file of the session, and the offsets of its locations. */
export interface LocatedFile {
  source: Source;
  /** The offset in the text. */
  locate: (location: Location) => number;
}
