import { toJsonSchema } from "@valibot/to-json-schema";
import { defineExecutorTask, definePlugin } from "rain-tasks/plugin";
import * as v from "valibot";

const config = v.strictObject({
  function: v.pipe(v.string(), v.nonEmpty("the name of a function is missing")),
  source: v.optional(v.pipe(v.string(), v.description("The text of the script."))),
  file: v.optional(
    v.pipe(
      v.string(),
      v.startsWith("/", "an absolute path is needed"),
      v.description("The path of a script on the worker."),
    ),
  ),
  arguments: v.optional(v.pipe(v.record(v.string(), v.unknown()), v.description("Keyword arguments."))),
  places: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.array(v.union([v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))])), v.nonEmpty()),
      ),
      v.description("For the last inputs: where in the arguments the value of each goes. Clients set it."),
    ),
  ),
});

/** The task type that the executor in `python/` runs. The executor checks the config in the same way. */
const call = defineExecutorTask({
  name: "call",
  summary:
    "Calls a function of a Python script: the input labeled script, the first of a list of inputs, config.source or config.file",
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
