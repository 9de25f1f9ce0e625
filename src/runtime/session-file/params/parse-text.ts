import { parse } from "yaml";
import { Problems } from "../checking/problems.ts";
import { parseYaml } from "../reading/yaml-document.ts";
import type { ParamEntry } from "../schema/params.ts";

/** @returns the value of a text on the command line; the text itself if it is not of the type of the parameter */
export function parseParamText({ type, items }: Pick<ParamEntry, "type" | "items">, text: string): unknown {
  switch (type) {
    case "integer":
    case "number":
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || (text === "false" ? false : text);
    case "list":
      return parseList(text, items === "string" || items === "path");
    default:
      return text;
  }
}

/**
 * Reads a list in YAML, such as `[1, 2]`, or its entries separated by commas. Entries that look like numbers, or like
 * true and false, are such values, unless the entries are texts.
 */
function parseList(text: string, areTexts: boolean): unknown {
  const read = areTexts ? parseTexts : parseValues;
  if (text.startsWith("[")) return read(text) ?? text;
  if (/["']/.test(text)) return read(`[${text}]`) ?? text;
  // Without quotes a comma always separates, whatever brackets there are.
  const entries = text.trim() === "" ? [] : text.split(",").map((entry) => entry.trim());
  return areTexts ? entries : (read(`[${entries.join(", ")}]`) ?? entries);
}

function parseValues(text: string): unknown[] | undefined {
  const value = parseYaml(text, new Problems(sourceOf(text)))?.value;
  return Array.isArray(value) ? value : undefined;
}

function parseTexts(text: string): unknown[] | undefined {
  try {
    // The failsafe schema of YAML has no other scalars than texts.
    const value: unknown = parse(text, { schema: "failsafe" });
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const sourceOf = (text: string) => ({ text, name: "--set", baseDir: ".", syntax: "yaml" as const });
