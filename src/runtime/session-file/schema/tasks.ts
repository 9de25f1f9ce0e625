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
  label: about(label, "The name of the output in references. Default: its path."),
  contentType: about(contentType, "The content type of its bytes."),
  dataType: about(dataType, "`blob` for a file, `dir` for a directory. Default: `blob`."),
};

const output = v.pipe(
  v.union([
    label,
    v.strictObject({ ...outputOptions, label: about(label, "The name of the output in references.") }),
  ]),
  v.description("a label, or a map of label, contentType and dataType"),
);

const programOutput = v.pipe(
  v.union([path, v.strictObject({ path: required(path, "Where the program writes it."), ...outputOptions })]),
  v.description("a path, or a map of path, label, contentType and dataType"),
);

const programFile = v.pipe(
  v.union([
    ref,
    v.strictObject({
      object: required(ref, "The object to put there."),
      write: about(trueOrFalse, "Gives the program a copy that it may change."),
    }),
  ]),
  v.description("a reference, or a map of object and write"),
);

const resources = v.pipe(
  v.strictObject({
    cpus: about(integer(1), "The number of CPUs that the task uses. Default: 1."),
    memory: about(
      size,
      "How much memory the task needs: `500MB`, `1.5GiB`, or a number of bytes. On Linux, Rain kills a program that uses more, and its run fails.",
    ),
    named: about(
      v.pipe(v.record(v.string(), integer(1)), v.description("a map such as { gpu: 1 }")),
      "How many units the task needs of named resources, such as `{ gpu: 1 }`.",
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
      "Ids of workers, as `rain status` shows them. The task runs on one of these.",
    ),
    labels: about(texts, "Labels, with their values, that the worker must have."),
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
        "Combinations to add. If one fits a combination of the lists without changing a value, it extends that combination. Otherwise it is a new one.",
      ),
      exclude: about(combinations, "Combinations to remove: all that have these values."),
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
      times: required(count, "How often to repeat a failed run."),
      delay: about(duration, "How long to wait before the next run. Default: 0."),
      backoff: about(
        v.pipe(
          v.number(),
          v.finite("must be finite"),
          v.minValue(1, "must be at least 1"),
          v.description("a number"),
        ),
        "Each delay is the previous delay times this number. Default: 1.",
      ),
      maxDelay: about(duration, "The maximum delay. Default: `1h`, or `delay` if that is longer."),
    }),
  ]),
  v.description("a number, or a map of times, delay, backoff and maxDelay"),
);

/** What `defaults` can say for all tasks. */
export const shared = {
  keep: about(trueOrFalse, "Keeps the outputs on the cluster until `rain close`."),
  group: about(
    text,
    "The group in which `rain status` counts the task. Default for a task with a matrix: its key.",
  ),
  resources: about(resources, "What the task uses of its worker while it runs."),
  where: about(where, "Which workers may run the task."),
  priority: about(anyInteger, "Ready tasks with a higher priority start first. Default: 0."),
  retries: about(
    retries,
    "How often to repeat a failed run, on another worker if one can run it, and after which delay. Default: 0.",
  ),
  timeout: about(
    duration,
    "The maximum duration of a run: `90s`, `5m`, or a number of seconds. A longer run is stopped and fails.",
  ),
};

/** What all tasks take. */
const common = {
  matrix: about(matrix, "Makes one instance of the task for each combination of values."),
  name: about(text, "A name for people. `/` makes a hierarchy. Default: its key."),
  ...shared,
  user: about(v.unknown(), "Any value, stored with the task."),
};

const environment = about(texts, "Environment variables to add to those of the worker.");

const typedTask = v.strictObject({
  type: required(
    v.pipe(v.string(), v.description("the name of a task type")),
    "The task type. `rain tasks` lists them.",
  ),
  config: about(v.unknown(), "The configuration of the task. `rain tasks TYPE` explains it."),
  inputs: about(
    v.pipe(
      v.union([v.array(ref), v.record(inputLabel, ref)]),
      v.description("a list of references, or a map from labels to references"),
    ),
    "The inputs. In a list, a reference to several instances of a task stands for all of them.",
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
      "The command: a list of words, or one text, which Rain splits into words as a shell would.",
    ),
    stdin: about(ref, "The object that the program reads from standard input."),
    files: about(
      v.pipe(v.record(path, programFile), v.description("a map from paths to references")),
      "The objects to put into the program's directory, by path.",
    ),
    out: about(
      v.pipe(v.array(programOutput), v.description("a list of paths")),
      "The files and directories that the program writes and other tasks need.",
    ),
    stdout: about(trueOrFalse, "Makes standard output an output of the task, `stdout`."),
    stderr: about(trueOrFalse, "Makes standard error an output of the task, `stderr`."),
    env: environment,
    shell: about(trueOrFalse, "Runs the command with `/bin/sh`, for example for pipes."),
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
