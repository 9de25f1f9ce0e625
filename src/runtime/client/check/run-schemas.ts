/* What the options of programs may be. Their objects are checked apart. */

import * as v from "valibot";
import { keys, options, plainOr, record } from "./options.ts";
import { contentType, dataType, flag, name, taskEntries, text } from "./schemas.ts";

const capture = { label: v.optional(name), contentType: v.optional(contentType), keep: v.optional(flag) };

const OUTPUT = "a relative path, or an object such as { path, label, contentType, dataType, keep }";
const outputFile = plainOr(
  keys({ path: v.pipe(text, v.nonEmpty("a path")), ...capture, dataType: v.optional(dataType) }, OUTPUT),
  v.pipe(v.string(OUTPUT), v.nonEmpty("a path")),
);

const STREAM = "true or false, or an object such as { label, contentType, keep }";
const stream = plainOr(keys(capture, STREAM), v.boolean(STREAM));

const SHELL = 'true or false, "sh", "bash", "python", "node", or a list of words';
const shell = v.union(
  [v.boolean(), v.picklist(["sh", "bash", "python", "node"]), v.array(v.string())],
  SHELL,
);

const template = {
  ...taskEntries,
  out: v.optional(v.array(outputFile, "a list of paths and objects")),
  stdout: v.optional(stream),
  stderr: v.optional(stream),
  env: v.optional(record(text, "an object with a text for each variable")),
  shell: v.optional(shell),
};

export const runTemplate = options(template);
export const runOptions = options({
  ...template,
  stdin: v.optional(v.unknown()),
  files: v.optional(record(v.unknown(), "an object with a data object or task for each path")),
});
