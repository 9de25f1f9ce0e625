import { parse } from "yaml";
import type { ParamEntry } from "../schema/params.ts";

/** The value that a text on the command line stands for; the text itself where it stands for none of this type. */
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

/** `[1, 2]` as YAML has it, or entries with commas between them, numbers among them being numbers. */
function parseList(text: string): unknown {
  try {
    const value: unknown = parse(text.startsWith("[") ? text : `[${text}]`);
    return Array.isArray(value) ? value : text;
  } catch {
    return text;
  }
}
