import * as v from "valibot";
import { about, contentType, dataType, label, path, ref, required, trueOrFalse } from "./leaves.ts";

const outputOptions = {
  label: about(label, "The name of the output in references. Default: its path."),
  contentType: about(contentType, "The content type of its bytes."),
  dataType: about(dataType, "`blob` for a file, `dir` for a directory. Default: `blob`."),
};

export const output = v.pipe(
  v.union([
    label,
    v.strictObject({ ...outputOptions, label: about(label, "The name of the output in references.") }),
  ]),
  v.description("a label, or a map of label, contentType and dataType"),
);

export const programOutput = v.pipe(
  v.union([path, v.strictObject({ path: required(path, "Where the program writes it."), ...outputOptions })]),
  v.description("a path, or a map of path, label, contentType and dataType"),
);

export const programFile = v.pipe(
  v.union([
    ref,
    v.strictObject({
      object: required(ref, "The object to put there."),
      write: about(trueOrFalse, "Gives the program a copy that it may change."),
    }),
  ]),
  v.description("a reference, or a map of object and write"),
);
