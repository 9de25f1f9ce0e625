import * as v from "valibot";
import { taskState, taskTitle } from "./tasks.ts";
import { errorJson, isoTime, measure, natural } from "./values.ts";

/** A reason. `by` is for programs, `text` for people. */
const because = <const Kinds extends readonly string[]>(kinds: Kinds) =>
  v.object({ by: v.picklist(kinds), text: v.string() });

/** One run of a task, or an assignment that never started. */
const taskRunStory = v.object({
  worker: natural,
  assignedAt: isoTime,
  /** When it started. For short runs, this is known only after their end. */
  startedAt: v.optional(isoTime),
  endedAt: v.optional(isoTime),
  /**
   * `returned`: retracted before it started; `unfed`: returned because an input was not available; `stopped`:
   * ended with its session.
   */
  outcome: v.picklist(["assigned", "running", "finished", "failed", "lost", "returned", "unfed", "stopped"]),
  /**
   * Why it ran on this worker: its `where`, no other worker can run it, it failed on others, its inputs were
   * there, or it was next.
   */
  placed: because(["where", "only", "failures", "inputs", "turn"]),
  /** Why there was another run after an earlier one. */
  again: v.optional(because(["failure", "worker-lost", "input-missing", "output-lost", "returned"])),
  durationSeconds: v.optional(measure),
  /** For a failed run: attempt number, from 1. */
  attempt: v.optional(natural),
  /** For a failed run: maximum number of attempts. */
  attempts: v.optional(natural),
  /** For a failed run: earliest start of the next one. */
  retryAt: v.optional(isoTime),
  error: v.optional(errorJson),
  debug: v.optional(v.string()),
  stdout: v.optional(v.string()),
  stderr: v.optional(v.string()),
});
export type TaskRunStory = v.InferOutput<typeof taskRunStory>;

/** Why a task does not run now. */
const waitingStory = v.object({
  /** Number of unfinished tasks that make its inputs. */
  inputs: natural,
  /** The first of those tasks. */
  producers: v.array(v.object({ ...taskTitle.entries, state: taskState, worker: v.optional(natural) })),
  /** Earliest start of the next run after a failure. */
  retryAt: v.optional(isoTime),
  /** For a ready task: why each worker does not run it. */
  workers: v.array(v.object({ worker: natural, reason: v.string() })),
});
export type WaitingStory = v.InferOutput<typeof waitingStory>;

/** The history of a task, for `rain why`. */
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
