import type { Problems } from "../checking/problems.ts";
import type { Document } from "./document.ts";
import { parseJson } from "./json-document.ts";
import type { Source } from "./source.ts";
import { parseYaml } from "./yaml-document.ts";

/**
 * Parses a text; on failure returns `undefined` and reports to `problems`. A text that starts with a brace is
 * read as JSON if possible, which is much faster, and as YAML otherwise.
 */
export function parseDocument(source: Source, problems: Problems): Document | undefined {
  if (source.syntax === "json") return parseJson(source.text, (...problem) => problems.error(...problem));
  const json = /^\s*\{/.test(source.text) ? parseJson(source.text, () => {}) : undefined;
  return json ?? parseYaml(source.text, problems);
}
