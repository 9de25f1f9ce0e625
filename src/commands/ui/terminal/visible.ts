import { visibleLine, visibleText } from "../../../runtime/visible-text.ts";

/** The entries of documents that may have several lines. */
const MULTILINE = new Set([
  "message",
  "hint",
  "stdout",
  "stderr",
  "debug",
  "preview",
  "description",
  "summary",
]);

/**
 * A copy of a document for views of it: a terminal can show all of its texts, and only messages, descriptions
 * and output of programs have line breaks.
 */
export function visible<T>(document: T): T {
  return shown(document, false) as T;
}

/** Whether a value is an object of a document, rather than of a class. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function shown(value: unknown, multiline: boolean): unknown {
  if (typeof value === "string") return multiline ? visibleText(value) : visibleLine(value);
  if (Array.isArray(value)) return value.map((entry) => shown(entry, multiline));
  if (!isPlain(value)) return value;
  const entries = Object.entries(value).map(([key, entry]) => [
    visibleLine(key),
    shown(entry, MULTILINE.has(key)),
  ]);
  return Object.fromEntries(entries);
}
