import * as v from "valibot";
import { sessionState } from "./sessions.ts";
import { errorJson, isoTime, measure, natural, positive, uint32 } from "./values.ts";

export const logQuery = v.object({
  session: v.optional(positive),
  task: v.optional(uint32),
  worker: v.optional(natural),
  /** Only failed tasks. */
  failed: v.optional(v.boolean()),
  /** Events of the server and the workers instead of a session's. */
  server: v.optional(v.boolean()),
  /** Continue with new entries. */
  follow: v.optional(v.boolean()),
});
export type LogQuery = v.InferOutput<typeof logQuery>;

/** One line of `rain logs`. */
export const logEntry = v.object({
  time: isoTime,
  event: v.picklist([
    "session-opened",
    "submitted",
    "session-changed",
    "assigned",
    "started",
    "finished",
    "failed",
    "skipped",
    "unkept",
    "worker-joined",
    "worker-changed",
    "worker-lost",
    "worker-resumed",
    "found",
    "restarted",
    "server-started",
    "server-stopped",
  ]),
  session: v.optional(natural),
  task: v.optional(uint32),
  /** Key of the task in a session file. */
  key: v.optional(v.string()),
  /** Name of the task. */
  name: v.optional(v.string()),
  type: v.optional(v.string()),
  worker: v.optional(natural),
  /** Details as text. */
  message: v.optional(v.string()),
  durationSeconds: v.optional(measure),
  /** For a failed run: attempt number, from 1. */
  attempt: v.optional(natural),
  /** For a failed run: maximum number of attempts. */
  attempts: v.optional(natural),
  /** For a failed run: earliest start of the next one. */
  retryAt: v.optional(isoTime),
  state: v.optional(sessionState),
  error: v.optional(errorJson),
  debug: v.optional(v.string()),
  stdout: v.optional(v.string()),
  stderr: v.optional(v.string()),
});
export type LogEntry = v.InferOutput<typeof logEntry>;
