import * as v from "valibot";

/** The schema of a document of `--json`. Every document has the version of the documents. */
export function document<Entries extends v.ObjectEntries>(title: string, entries: Entries) {
  return v.pipe(v.object({ version: v.literal(1), ...entries }), v.title(title));
}
