import { documentSchemas } from "./documents.ts";
import { sessionSchema } from "./json-schema.ts";
import { reference } from "./reference.ts";

/** The generated files, by path. A test compares them with the files in the repository. */
export function generatedFiles(): Record<string, string> {
  return {
    "schema/session.json": `${JSON.stringify(sessionSchema(), null, 2)}\n`,
    "docs/session-file-reference.md": reference(),
    ...documentSchemas(),
  };
}
