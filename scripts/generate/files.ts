import { sessionSchema } from "./json-schema.ts";
import { reference } from "./reference.ts";

/** What is generated, by path; a test compares it with what is there. */
export function generatedFiles(): Record<string, string> {
  return {
    "schema/session.json": `${JSON.stringify(sessionSchema(), null, 2)}\n`,
    "docs/session-file-reference.md": reference(),
  };
}
