import { messageOf } from "../../errors.ts";
import type { ContentType } from "../../plugin/contract/index.ts";
import { decodeText, encodeText, nounOf } from "./text.ts";

/** One JSON value in UTF-8. */
export const json: ContentType = {
  name: "json",
  extensions: ["json"],
  load: (bytes) => JSON.parse(decodeText(bytes, "text")) as unknown,
  dump: (value) => encodeText(jsonText(value), "text"),
  preview: (bytes) => indentedJson(JSON.parse(decodeText(bytes, "text"))),
};

/** One JSON value on each line, in UTF-8. Loads as a list; empty lines are skipped. */
export const ndjson: ContentType<unknown[]> = {
  name: "ndjson",
  extensions: ["ndjson", "jsonl"],
  load(bytes) {
    const values: unknown[] = [];
    for (const [index, line] of decodeText(bytes, "text").split("\n").entries()) {
      if (line.trim() === "") continue;
      try {
        values.push(JSON.parse(line));
      } catch (error) {
        throw new Error(`line ${index + 1} is not JSON: ${messageOf(error)}`);
      }
    }
    return values;
  },
  dump(values) {
    if (!Array.isArray(values)) throw new Error(`ndjson is a list of values, this is ${nounOf(values)}`);
    return encodeText(values.map((value) => `${jsonText(value)}\n`).join(""), "text");
  },
};

/** Indented JSON. @throws Error for values that JSON cannot represent */
export function indentedJson(value: unknown): string {
  return jsonText(value, 2);
}

function jsonText(value: unknown, indentation?: number): string {
  const encoded: string | undefined = JSON.stringify(value, null, indentation);
  if (encoded === undefined) throw new Error(`${nounOf(value)} cannot be written as JSON`);
  return encoded;
}
