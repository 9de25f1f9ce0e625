import * as v from "valibot";
import {
  about,
  anyInteger,
  contentType,
  dataType,
  duration,
  integer,
  label,
  path,
  ref,
  required,
  size,
  text,
  texts,
  trueOrFalse,
} from "./leaves.ts";

// Maps of JavaScript put keys that are numbers first, whatever their order was.
const inputLabel = v.pipe(label, v.regex(/\D/, "must not be a number"));

const outputOptions = {
  label: about(label, "By which references name it. Default: its path."),
  contentType: about(contentType, "What its bytes are."),
  dataType: about(dataType, "Whether it is a blob, which is a file, or a directory. Default: `blob`."),
};

const output = v.pipe(
  v.union([label, v.strictObject({ ...outputOptions, label: about(label, "By which references name it.") })]),
  v.description("a label, or a map of label, contentType and dataType"),
);

const programOutput = v.pipe(
  v.union([path, v.strictObject({ path: required(path, "Where the program leaves it."), ...outputOptions })]),
  v.description("a path, or a map of path, label, contentType and dataType"),
);

const programFile = v.pipe(
  v.union([
    ref,
    v.strictObject({
      object: required(ref, "What is there."),
      write: about(trueOrFalse, "The program gets a copy that it may change."),
    }),
  ]),
  v.description("a reference, or a map of object and write"),
);

const resources = v.pipe(
  v.strictObject({
    cpus: about(integer(1), "How many cpus it uses. Default: 1."),
    memory: about(
      size,
      "How much memory it needs: `500MB`, `1.5GiB`, or a number of bytes. On Linux a program that takes more is killed, and its run fails.",
    ),
    named: about(
      v.pipe(v.record(v.string(), integer(1)), v.description("a map such as { gpu: 1 }")),
      "How many it needs of what workers offer by names of their own, such as `{ gpu: 1 }`.",
    ),
  }),
  v.description("a map such as { cpus: 2, memory: 1GiB }"),
  v.metadata({
    hints: Object.fromEntries(
      ["gpu", "gpus"].map((key) => [key, "put resources other than cpus and memory under named: { gpu: 1 }"]),
    ),
  }),
);

const where = v.pipe(
  v.strictObject({
    workers: about(
      v.pipe(v.array(integer(1)), v.description("a list of ids of workers")),
      "Ids of workers, as `rain status` shows them: it runs on one of these.",
    ),
    labels: about(texts, "Labels that its worker must have, with these values."),
  }),
  v.description("a map such as { labels: { disk: ssd } }"),
);

/** A value of a matrix key: part of the names of the instances. */
const matrixValue = v.pipe(
  v.union([
    v.pipe(v.string(), v.regex(/^[^\],=[]*$/, 'cannot contain "[", "]", "," or "="')),
    v.pipe(v.number(), v.finite("must be finite")),
    trueOrFalse,
  ]),
  v.description("text, a number, or true or false"),
);
const combinations = v.pipe(
  v.array(v.pipe(v.record(v.string(), matrixValue), v.description("a map from keys to values"))),
  v.description("a list of maps from keys to values"),
);

export const matrix = v.pipe(
  v.objectWithRest(
    {
      include: about(
        combinations,
        "Combinations to add. One that changes no value of a combination of the lists extends it, and otherwise stands for itself.",
      ),
      exclude: about(combinations, "Combinations to leave out: all that have these values."),
    },
    v.pipe(v.array(matrixValue), v.description("a list of values")),
  ),
  v.description("a map from keys to lists of values"),
);

const count = v.pipe(integer(0), v.maxValue(255, "must be at most 255"));

const retries = v.pipe(
  v.union([
    count,
    v.strictObject({
      times: required(count, "How often a failed run is repeated."),
      delay: about(duration, "How long it waits before the next run. Default: no time."),
      backoff: about(
        v.pipe(
          v.number(),
          v.finite("must be finite"),
          v.minValue(1, "must be at least 1"),
          v.description("a number"),
        ),
        "By what each further delay is longer than the one before. Default: 1.",
      ),
      maxDelay: about(duration, "What no delay exceeds. Default: `1h`, or `delay` if that is longer."),
    }),
  ]),
  v.description("a number, or a map of times, delay, backoff and maxDelay"),
);

/** What `defaults` can say for all tasks. */
export const shared = {
  keep: about(trueOrFalse, "Keeps the outputs on the cluster until `rain close`."),
  group: about(text, "Counted together by `rain status`. Default for a task with a matrix: its key."),
  resources: about(resources, "What it takes of its worker while it runs."),
  where: about(where, "Which workers may run it."),
  priority: about(
    anyInteger,
    "Among tasks that are ready, those of higher priority start first. Default: 0.",
  ),
  retries: about(
    retries,
    "How often a failed run is repeated, on another worker if one can run it, and after which delay. Default: 0.",
  ),
  timeout: about(duration, "How long a run may take: `90s`, `5m`, or a number of seconds. Then it fails."),
};

/** What all tasks take. */
const common = {
  matrix: about(matrix, "Makes one instance of the task for each combination of values. See the guide."),
  name: about(text, "For people; `/` makes a hierarchy. Default: its key."),
  ...shared,
  user: about(v.unknown(), "Any value, stored with the task."),
};

const environment = about(texts, "Environment variables that are added to those of the worker.");

const typedTask = v.strictObject({
  type: required(
    v.pipe(v.string(), v.description("the name of a task type")),
    "The task type, as `rain tasks` lists them.",
  ),
  config: about(v.unknown(), "What the task type wants to know. `rain tasks TYPE` explains it."),
  inputs: about(
    v.pipe(
      v.union([v.array(ref), v.record(inputLabel, ref)]),
      v.description("a list of references, or a map from labels to references"),
    ),
    "What it works on. In a list, a reference to several instances of a task gives all of them.",
  ),
  outputs: about(
    v.pipe(v.array(output), v.description("a list of outputs")),
    "Labels and content types of the outputs. Default: those of the task type.",
  ),
  ...common,
});

const programTask = v.pipe(
  v.strictObject({
    run: required(
      v.pipe(
        v.union([v.string(), v.array(text)]),
        v.description("a command: text, or a list of the program and its arguments"),
      ),
      "The command: a list of words, or one text that is split at its blanks as a shell would.",
    ),
    stdin: about(ref, "What the program reads as its standard input."),
    files: about(
      v.pipe(v.record(path, programFile), v.description("a map from paths to references")),
      "What is in the directory of the program when it starts, by path.",
    ),
    out: about(
      v.pipe(v.array(programOutput), v.description("a list of paths")),
      "Files and directories that the program leaves behind and that others need.",
    ),
    stdout: about(trueOrFalse, "What the program prints is an output, `stdout`."),
    stderr: about(trueOrFalse, "What it prints as errors is an output, `stderr`."),
    env: environment,
    shell: about(trueOrFalse, "Gives the command to `/bin/sh`, for pipes and the like."),
    ...common,
  }),
  v.metadata({
    instead: {
      inputs: "the inputs of a program are given by stdin and files",
      outputs: "the outputs of a program are given by stdout, stderr and out",
    },
  }),
);

export const task = v.pipe(
  v.union([typedTask, programTask]),
  v.description('a map with either the key "type" or the key "run"'),
);

export const defaults = v.pipe(
  v.strictObject({ ...shared, env: environment }),
  v.description("a map of keys of tasks"),
);

export type Matrix = v.InferOutput<typeof matrix>;
export type MatrixValue = v.InferOutput<typeof matrixValue>;
export type Defaults = v.InferOutput<typeof defaults>;
export type TypedTask = v.InferOutput<typeof typedTask>;
export type ProgramTask = v.InferOutput<typeof programTask>;
export type TaskEntry = TypedTask | ProgramTask;
