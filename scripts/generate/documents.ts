import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { DOCUMENTS } from "../../src/commands/documents/index.ts";

/** The JSON Schemas of the documents that commands print, by path. */
export function documentSchemas(): Record<string, string> {
  const files = Object.entries(DOCUMENTS).map(([name, document]) => {
    // JSON Schema cannot express some rules of messages.
    const schema = toJsonSchema(document as v.GenericSchema, { errorMode: "ignore" });
    return [`schema/documents/${name}.json`, `${JSON.stringify(schema, null, 2)}\n`];
  });
  return Object.fromEntries(files);
}
