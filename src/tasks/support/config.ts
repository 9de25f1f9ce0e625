import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { relativePathProblem } from "./paths.ts";

/** An object with exactly these keys, which its error messages list. */
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
  // A JSON Schema cannot express checks in code.
  return {
    config,
    configJsonSchema: toJsonSchema(config, {
      typeMode: "input",
      ignoreActions: ["check", "guard"],
      // A config is CBOR, which has bytes.
      overrideSchema: ({ valibotSchema: { type } }) => (type === "instance" ? { title: "bytes" } : undefined),
    }),
  };
}

/** An absolute path on the worker. */
export const absolutePath = v.pipe(
  v.string(),
  v.check(
    (path) => path.startsWith("/"),
    (issue) => `${JSON.stringify(issue.input)} is a relative path; an absolute one is needed`,
  ),
  v.check((path) => !path.includes("\0"), "the path contains a null character"),
  v.description("absolute path on the worker"),
);

/** A path inside a directory. The empty path and `.` are the directory itself. */
export const relativePath = v.pipe(
  v.string(),
  v.check(
    (path) => relativePathProblem(path) === undefined,
    (issue) => relativePathProblem(issue.input) ?? "",
  ),
);
