import * as v from "valibot";
import { about, path, ref, required, text } from "./leaves.ts";
import { object } from "./objects.ts";
import { param } from "./params.ts";
import { defaults, task } from "./tasks.ts";

/** What a session file may hold. `checkSchema` gives the error messages, `scripts/generate.mjs` the JSON Schema and the reference. */
export const documentSchema = v.pipe(
  v.strictObject({
    rain: required(
      v.pipe(v.literal(1), v.description("1, the version of this format")),
      "The version of this format.",
    ),
    $schema: about(text, "The JSON Schema of this format, for editors of JSON; Rain does not look at it."),
    name: about(
      v.pipe(v.string(), v.nonEmpty("must not be empty"), v.description("text")),
      "The name of the session. Default: that of the file.",
    ),
    params: about(
      v.pipe(v.record(v.string(), param), v.description("a map from names to parameters")),
      "Parameters, which `rain submit FILE --set NAME=VALUE` gives and expressions use.",
    ),
    include: about(
      v.pipe(v.array(path), v.description("a list of paths")),
      "Other session files, relative to this one, whose parameters, objects and tasks are used as if they stood here.",
    ),
    defaults: about(defaults, "What holds for every task of this file that does not say otherwise."),
    onFailure: about(
      v.pipe(v.picklist(["stop", "continue"]), v.description("stop or continue")),
      "What a failed task does to the others. `stop`: it stops them. `continue`: only those do not run that need what it was to make. Default: `stop`.",
    ),
    objects: about(
      v.pipe(v.record(v.string(), object), v.description("a map from names to objects")),
      "What the tasks start from, by name.",
    ),
    tasks: required(
      v.pipe(v.record(v.string(), task), v.description("a map from names to tasks")),
      "What is to be done, by name.",
    ),
    save: about(
      v.pipe(v.record(path, ref), v.description("a map from paths to references")),
      "What is fetched at the end, by path in the current directory or that of `--output`.",
    ),
  }),
  v.description("a map with the keys rain, tasks and others"),
);

export type SessionDocument = v.InferOutput<typeof documentSchema>;
