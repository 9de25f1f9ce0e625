import * as v from "valibot";

/**
 * What a session file may hold, level by level. `checkSchema` gives the error messages: what a description says comes after
 * "must be", and `reserved` lists keys that a later version of Rain takes.
 */
const text = v.pipe(v.string(), v.description("text"));
const trueOrFalse = v.pipe(v.boolean(), v.description("true or false"));
const path = v.pipe(v.string(), v.nonEmpty("must not be empty"), v.description("a path"));
const contentType = v.pipe(v.string(), v.description("a content type such as text, json or mime/image/png"));
const dataType = v.pipe(v.picklist(["blob", "dir"]), v.description("blob or dir"));
const label = v.pipe(v.string(), v.nonEmpty("must not be empty"), v.description("a label"));
// Maps of JavaScript put keys that are numbers first, whatever their order was.
const inputLabel = v.pipe(label, v.regex(/\D/, "must not be a number"));
const ref = v.pipe(
  v.string(),
  v.description(
    "a reference (the name of an object or a task, or task[0] or task.label for one of several outputs)",
  ),
);

const object = v.pipe(
  v.union([
    text,
    v.strictObject({ text, contentType: v.optional(contentType) }),
    v.strictObject({
      value: v.unknown(),
      encode: v.optional(v.pipe(v.picklist(["json", "cbor", "text"]), v.description("json, cbor or text"))),
      contentType: v.optional(contentType),
    }),
    v.strictObject({ file: path, contentType: v.optional(contentType) }),
    v.strictObject({ dir: path, contentType: v.optional(contentType) }),
    v.strictObject({ base64: text, contentType: v.optional(contentType) }),
  ]),
  v.description("text, or a map with one of the keys text, value, file, dir and base64"),
);

const output = v.pipe(
  v.union([
    label,
    v.strictObject({
      label: v.optional(label),
      contentType: v.optional(contentType),
      dataType: v.optional(dataType),
    }),
  ]),
  v.description("a label, or a map of label, contentType and dataType"),
);

const programOutput = v.pipe(
  v.union([
    path,
    v.strictObject({
      path,
      label: v.optional(label),
      contentType: v.optional(contentType),
      dataType: v.optional(dataType),
    }),
  ]),
  v.description("a path, or a map of path, label, contentType and dataType"),
);

const programFile = v.pipe(
  v.union([ref, v.strictObject({ object: ref, write: v.optional(trueOrFalse) })]),
  v.description("a reference, or a map of object and write"),
);

const resources = v.pipe(
  v.strictObject({
    cpus: v.optional(
      v.pipe(
        v.number(),
        v.safeInteger("must be a whole number"),
        v.minValue(1, "must be at least 1"),
        v.description("a number"),
      ),
    ),
  }),
  v.description("a map such as { cpus: 2 }"),
  v.metadata({ reserved: ["memory", "gpus"] }),
);

/** What all tasks take. */
const common = {
  keep: v.optional(trueOrFalse),
  name: v.optional(text),
  group: v.optional(text),
  resources: v.optional(resources),
  user: v.optional(v.unknown()),
};
const reserved = ["matrix", "where", "retries", "timeout", "priority"];

const typedTask = v.pipe(
  v.strictObject({
    type: v.pipe(v.string(), v.description("the name of a task type")),
    config: v.optional(v.unknown()),
    inputs: v.optional(
      v.pipe(
        v.union([v.array(ref), v.record(inputLabel, ref)]),
        v.description("a list of references, or a map from labels to references"),
      ),
    ),
    outputs: v.optional(v.pipe(v.array(output), v.description("a list of outputs"))),
    ...common,
  }),
  v.metadata({ reserved }),
);

const programTask = v.pipe(
  v.strictObject({
    run: v.pipe(
      v.union([v.string(), v.array(text)]),
      v.description("a command: text, or a list of the program and its arguments"),
    ),
    stdin: v.optional(ref),
    files: v.optional(v.pipe(v.record(path, programFile), v.description("a map from paths to references"))),
    out: v.optional(v.pipe(v.array(programOutput), v.description("a list of paths"))),
    stdout: v.optional(trueOrFalse),
    stderr: v.optional(trueOrFalse),
    env: v.optional(v.pipe(v.record(v.string(), text), v.description("a map from names to texts"))),
    shell: v.optional(trueOrFalse),
    ...common,
  }),
  v.metadata({
    reserved,
    instead: {
      inputs: "the inputs of a program are given by stdin and files",
      outputs: "the outputs of a program are given by stdout, stderr and out",
    },
  }),
);

const task = v.pipe(
  v.union([typedTask, programTask]),
  v.description('a map with either the key "type" or the key "run"'),
);

export const documentSchema = v.pipe(
  v.strictObject({
    rain: v.pipe(v.literal(1), v.description("1, the version of this format")),
    name: v.optional(v.pipe(v.string(), v.nonEmpty("must not be empty"), v.description("text"))),
    objects: v.optional(v.pipe(v.record(v.string(), object), v.description("a map from names to objects"))),
    tasks: v.pipe(v.record(v.string(), task), v.description("a map from names to tasks")),
    save: v.optional(v.pipe(v.record(path, ref), v.description("a map from paths to references"))),
  }),
  v.description("a map with the keys rain, tasks and others"),
  v.metadata({ reserved: ["params", "defaults", "onFailure"] }),
);

export type SessionDocument = v.InferOutput<typeof documentSchema>;
export type ObjectEntry = v.InferOutput<typeof object>;
export type TypedTask = v.InferOutput<typeof typedTask>;
export type ProgramTask = v.InferOutput<typeof programTask>;
export type TaskEntry = TypedTask | ProgramTask;
