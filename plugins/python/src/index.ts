import { toJsonSchema } from "@valibot/to-json-schema";
import { defineExecutorTask, definePlugin } from "rain-tasks/plugin";
import * as v from "valibot";

const config = v.strictObject({
  function: v.pipe(v.string(), v.nonEmpty("the name of a function is missing")),
  source: v.optional(v.pipe(v.string(), v.description("The script itself."))),
  file: v.optional(
    v.pipe(
      v.string(),
      v.startsWith("/", "an absolute path is needed"),
      v.description("A script on the worker."),
    ),
  ),
  arguments: v.optional(v.pipe(v.record(v.string(), v.unknown()), v.description("Keyword arguments."))),
});

/** What the executor in `python/` runs. Its own checks are the same. */
const call = defineExecutorTask({
  name: "call",
  summary:
    "Calls a function of a Python script: the input labelled script or the first of a list, config.source or config.file",
  inputs: { rest: { dataType: "any" } },
  outputs: { rest: { dataType: "any" } },
  config,
  configJsonSchema: toJsonSchema(config, { typeMode: "input" }),
});

export default definePlugin({
  name: "python",
  tasks: [call],
  executor: { command: "python3", args: ["./python/main.py"] },
});
