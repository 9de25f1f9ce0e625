import * as v from "valibot";
import { taskState, taskTitle } from "./tasks.ts";
import { errorJson, measure, natural } from "./values.ts";

/** Why something about a task is as it is: `by` is for machines, `text` for people. */
const because = <const Kinds extends readonly string[]>(kinds: Kinds) =>
  v.object({ by: v.picklist(kinds), text: v.string() });

/** One run of a task, or an attempt that never began. Times are milliseconds since the epoch on the server's clock. */
const taskRunStory = v.object({
  worker: natural,
  assignedAt: measure,
  /** When it began; for short runs known only once they have ended. */
  startedAt: v.optional(measure),
  endedAt: v.optional(measure),
  /** `returned`: retracted before it began; `unfed`: given back because an input did not arrive; `stopped`: with its session. */
  outcome: v.picklist(["assigned", "running", "finished", "failed", "lost", "returned", "unfed", "stopped"]),
  /** Why on this worker: it may run only on some, no other fits, it failed on others, its inputs were there, or its turn had come. */
  placed: because(["where", "only", "failures", "inputs", "turn"]),
  /** Why there was another run after an earlier one. */
  again: v.optional(because(["failure", "worker-lost", "input-missing", "output-lost", "returned"])),
  /** Seconds. */
  duration: v.optional(measure),
  /** For a failed run: attempt number, from 1. */
  attempt: v.optional(natural),
  /** For a failed run: the most attempts that the task may have. */
  attempts: v.optional(natural),
  /** For a failed run: when the next one begins at the earliest. */
  retryAt: v.optional(measure),
  error: v.optional(errorJson),
  debug: v.optional(v.string()),
  stdout: v.optional(v.string()),
  stderr: v.optional(v.string()),
});
export type TaskRunStory = v.InferOutput<typeof taskRunStory>;

/** Why a task does not run now. */
const waitingStory = v.object({
  /** How many tasks that make its inputs have not finished. */
  inputs: natural,
  /** The first of those tasks. */
  tasks: v.array(v.object({ ...taskTitle.entries, state: taskState, worker: v.optional(natural) })),
  /** When it runs again after a failure, at the earliest. */
  retryAt: v.optional(measure),
  /** For a ready task: why each worker does not run it. */
  workers: v.array(v.object({ worker: natural, reason: v.string() })),
});
export type WaitingStory = v.InferOutput<typeof waitingStory>;

/** What `rain why` tells. */
export const taskStory = v.object({
  session: natural,
  ...taskTitle.entries,
  state: taskState,
  waiting: v.optional(waitingStory),
  runs: v.array(taskRunStory),
  /** For a skipped task: the failed one whose output it needs. */
  because: v.optional(taskTitle),
  /** The error that ended a task that will not finish. */
  error: v.optional(errorJson),
});
export type TaskStory = v.InferOutput<typeof taskStory>;
