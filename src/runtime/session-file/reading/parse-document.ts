import type { Problems } from "../checking/problems.ts";
import type { Document } from "./document.ts";
import { parseJson } from "./json-document.ts";
import type { Source } from "./source.ts";
import { parseYaml } from "./yaml-document.ts";

/**
 * The document in the text, or `undefined` with what is wrong in `problems`. Text that starts with a brace is JSON if it can be
 * read as such, for that is much faster, and YAML otherwise.
 */
export function parseDocument(source: Source, problems: Problems): Document | undefined {
  if (source.syntax === "json") return parseJson(source.text, (...problem) => problems.error(...problem));
  const json = /^\s*\{/.test(source.text) ? parseJson(source.text, () => {}) : undefined;
  return json ?? parseYaml(source.text, problems);
}
