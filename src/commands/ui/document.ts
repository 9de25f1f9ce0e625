/**
 * Version of the JSON documents of all commands. It increases when a field changes or is removed. `schema/documents/` describes the
 * documents.
 */
const VERSION = 1;

/** A document of `--json`. */
export function documentText(value: object): string {
  return JSON.stringify({ version: VERSION, ...value }, null, 2);
}

/** A document in one line, for commands that print several. */
export function documentLine(value: object): string {
  return JSON.stringify({ version: VERSION, ...value });
}
