import * as v from "valibot";
import {
  about,
  anyInteger,
  duration,
  label,
  path,
  ref,
  required,
  text,
  texts,
  trueOrFalse,
} from "./leaves.ts";
import { matrix } from "./matrix.ts";
import { output, programFile, programOutput } from "./outputs.ts";
import { resources, where } from "./resources.ts";
import { retries } from "./retries.ts";

// Maps of JavaScript put keys that are numbers first, whatever their order was.
const inputLabel = v.pipe(label, v.regex(/\D/, "must not be a number"));

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
  needs: about(
    v.pipe(v.array(ref), v.description("a list of tasks")),
    "Tasks that have to finish before this one starts, although it uses none of their outputs: `task`, `task[*]` or `task[key=value]`.",
  ),
  ...shared,
  user: about(v.unknown(), "Any value, stored with the task."),
};

const shell = v.pipe(
  v.union([
    trueOrFalse,
    v.pipe(
      v.picklist(["sh", "bash", "python", "node"]),
      v.description("true, sh, bash, python, node, or a list of words"),
    ),
    v.pipe(v.array(text), v.description("a list of words")),
  ]),
  v.description('true, sh, bash, python, node, or a list of words with "{0}" for the script'),
);

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
    "The inputs. In a list, a reference to several instances of a task stands for all of them. `make_directory` takes a map from paths to references, as `files` does.",
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
      "The objects to put into the program's directory, by path. A reference to several instances of a task, such as `fit[*]`, makes a directory with a file for each instance.",
    ),
    out: about(
      v.pipe(v.array(programOutput), v.description("a list of paths")),
      "The files and directories that the program writes and other tasks need.",
    ),
    stdout: about(trueOrFalse, "Makes standard output an output of the task, `stdout`."),
    stderr: about(trueOrFalse, "Makes standard error an output of the task, `stderr`."),
    env: environment,
    shell: about(
      shell,
      "Runs the command as a script, for example for pipes. `true` or `sh` is `/bin/sh -e`, `bash` is `bash --noprofile --norc -eo pipefail`, `python` is `python3`. All stop at the first error. A list gives other words, with `{0}` for the path of the script.",
    ),
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

export type Defaults = v.InferOutput<typeof defaults>;
export type TypedTask = v.InferOutput<typeof typedTask>;
export type ProgramTask = v.InferOutput<typeof programTask>;
export type TaskEntry = TypedTask | ProgramTask;
