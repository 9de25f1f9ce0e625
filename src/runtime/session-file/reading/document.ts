import type { Place, Problems } from "../checking/problems.ts";
import { parseJson } from "./json-document.ts";
import type { Source } from "./source.ts";
import { parseYaml } from "./yaml-document.ts";

/** A parsed file: plain values, and where in the text they stand. */
export interface Document {
  value: unknown;
  /** The offset in the text of a place; of one that the file does not have, that of the key of what should hold it. */
  locate: (place: Place) => number;
}

/**
 * The document in the text, or `undefined` with what is wrong in `problems`. Text that starts with a brace is JSON if it can be
 * read as such, for that is much faster, and YAML otherwise.
 */
export function parseDocument(source: Source, problems: Problems): Document | undefined {
  if (source.syntax === "json") return parseJson(source.text, (...problem) => problems.error(...problem));
  const json = /^\s*\{/.test(source.text) ? parseJson(source.text, () => {}) : undefined;
  return json ?? parseYaml(source.text, problems);
}
