import { parse } from "yaml";
import type { ParamEntry } from "../schema/params.ts";

/** The value of a text on the command line; the text itself if it is not of this type. */
export function parseParamText(type: ParamEntry["type"], text: string): unknown {
  switch (type) {
    case "integer":
    case "number":
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || (text === "false" ? false : text);
    case "list":
      return parseList(text);
    default:
      return text;
  }
}

/**
 * Reads a list in YAML, such as `[1, 2]`, or its entries separated by commas. Entries that look like numbers
 * are numbers.
 */
function parseList(text: string): unknown {
  try {
    const value: unknown = parse(text.startsWith("[") ? text : `[${text}]`);
    return Array.isArray(value) ? value : text;
  } catch {
    return text;
  }
}
