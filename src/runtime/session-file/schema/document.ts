import * as v from "valibot";
import { about, path, ref, required, text } from "./leaves.ts";
import { object } from "./objects.ts";
import { param } from "./params.ts";
import { defaults, task } from "./tasks.ts";

const TASKS = "a map from names to tasks";

/** What is wrong with files of which none has tasks. */
export const NO_TASKS = `the key "tasks" is missing; it must be ${TASKS}`;

/** What a session file may hold. `checkSchema` gives the error messages, `scripts/generate.mjs` the JSON Schema and the reference. */
export const documentSchema = v.pipe(
  v.strictObject({
    rain: required(
      v.pipe(v.literal(1), v.description("1, the version of this format")),
      "The version of this format.",
    ),
    $schema: about(text, "The JSON Schema of this format, for JSON editors. Rain ignores it."),
    name: about(
      v.pipe(v.string(), v.nonEmpty("must not be empty"), v.description("text")),
      "The name of the session. Default: the name of the file.",
    ),
    params: about(
      v.pipe(v.record(v.string(), param), v.description("a map from names to parameters")),
      "Parameters. `rain submit FILE --set NAME=VALUE` sets them, and expressions use them.",
    ),
    include: about(
      v.pipe(v.array(path), v.description("a list of paths")),
      "Other session files, relative to this one. Their parameters, objects and tasks are added to this file.",
    ),
    defaults: about(defaults, "Values for every task of this file that does not set the key itself."),
    onFailure: about(
      v.pipe(v.picklist(["stop", "continue"]), v.description("stop or continue")),
      "What happens when a task fails. `stop`: the session stops. `continue`: only tasks that need its outputs are skipped. Default: `stop`.",
    ),
    objects: about(
      v.pipe(v.record(v.string(), object), v.description("a map from names to objects")),
      "The data that tasks start from, by name.",
    ),
    tasks: about(
      v.pipe(v.record(v.string(), task), v.description(TASKS)),
      "The tasks, by name. A file may have none if it includes others, or is included.",
    ),
    save: about(
      v.pipe(v.record(path, ref), v.description("a map from paths to references")),
      "The results to save, by path. Paths are relative to the current directory, or to `--output`. A reference to several instances of a task, such as `fit[*]`, makes a directory with a file for each instance.",
    ),
  }),
  v.description("a map with the keys rain, tasks and others"),
);

export type SessionDocument = v.InferOutput<typeof documentSchema>;
