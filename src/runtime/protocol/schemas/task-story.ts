import * as v from "valibot";
import { errorJson, measure, natural } from "./common.ts";
import { taskState, taskTitle } from "./status.ts";

const because = <const Kinds extends readonly string[]>(kinds: Kinds) =>
  v.object({ by: v.picklist(kinds), text: v.string() });

const run = v.object({
  worker: natural,
  assignedAt: measure,
  startedAt: v.optional(measure),
  endedAt: v.optional(measure),
  outcome: v.picklist(["assigned", "running", "finished", "failed", "lost", "returned", "unfed", "stopped"]),
  placed: because(["where", "only", "failures", "inputs", "turn"]),
  again: v.optional(because(["failure", "worker-lost", "input-missing", "output-lost", "returned"])),
  duration: v.optional(measure),
  attempt: v.optional(natural),
  attempts: v.optional(natural),
  retryAt: v.optional(measure),
  error: v.optional(errorJson),
  debug: v.optional(v.string()),
  stdout: v.optional(v.string()),
  stderr: v.optional(v.string()),
});

const waiting = v.object({
  inputs: natural,
  tasks: v.array(v.object({ ...taskTitle.entries, state: taskState, worker: v.optional(natural) })),
  retryAt: v.optional(measure),
  workers: v.array(v.object({ worker: natural, reason: v.string() })),
});

export const taskStory = v.object({
  session: natural,
  ...taskTitle.entries,
  state: taskState,
  waiting: v.optional(waiting),
  runs: v.array(run),
  because: v.optional(taskTitle),
  error: v.optional(errorJson),
});
