import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { relativePathProblem } from "./paths.ts";

/** An object of exactly these keys, whose error messages say which ones it takes. */
export function keys<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === "never") return `unknown key; the keys are ${Object.keys(entries).join(", ")}`;
    if (issue.expected === "Object")
      return `an object is expected with the keys ${Object.keys(entries).join(", ")}`;
    return "this key is missing";
  });
}

/** The config of a task type: its schema, and the JSON Schema made from it. */
export function configured<const Schema extends v.GenericSchema>(config: Schema) {
  // What a JSON Schema cannot say is left to the checks of the schema itself.
  return {
    config,
    configJsonSchema: toJsonSchema(config, { typeMode: "input", ignoreActions: ["check", "guard"] }),
  };
}

/** An absolute path on the worker. */
export const absolutePath = v.pipe(
  v.string(),
  v.check(
    (path) => path.startsWith("/"),
    (issue) => `${JSON.stringify(issue.input)} is a relative path; an absolute one is needed`,
  ),
  v.check((path) => !path.includes("\0"), "the path holds a null character"),
);

/** A path inside a directory; the empty one, and `.`, mean the directory itself. */
export const relativePath = v.pipe(
  v.string(),
  v.check(
    (path) => relativePathProblem(path) === undefined,
    (issue) => relativePathProblem(issue.input) ?? "",
  ),
);
