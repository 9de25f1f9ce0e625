import * as v from "valibot";
import { placement } from "../../runtime/protocol/messages/cluster.ts";
import { logEntry } from "../../runtime/protocol/messages/logs.ts";
import {
  sessionState,
  sessionStatus,
  sessionSummary,
  taskCounts,
} from "../../runtime/protocol/messages/sessions.ts";
import { taskStory } from "../../runtime/protocol/messages/task-story.ts";
import {
  blockedTasks,
  objectDescription,
  skippedTasks,
  taskTitle,
} from "../../runtime/protocol/messages/tasks.ts";
import { errorJson, isoTime, measure, natural, positive } from "../../runtime/protocol/messages/values.ts";
import { document } from "./document.ts";

/** How a session ended, or how far it is. */
export const outcome = document("The outcome of a session: `rain submit` and `rain wait`.", {
  session: positive,
  name: v.string(),
  state: sessionState,
  tasks: taskCounts,
  /** The kept objects, by ref. */
  outputs: v.record(
    v.string(),
    v.object({
      size: v.optional(measure),
      contentType: v.string(),
      dataType: objectDescription.entries.dataType,
    }),
  ),
  /** Refs of the saved objects, by path. */
  saved: v.record(v.string(), v.string()),
  notSaved: v.optional(v.record(v.string(), v.object({ ref: v.string(), reason: v.string() }))),
  createdAt: isoTime,
  endedAt: v.optional(isoTime),
  durationSeconds: measure,
  failed: v.optional(v.array(v.object({ ...taskTitle.entries, error: v.optional(errorJson) }))),
  skipped: v.optional(v.array(skippedTasks)),
  blocked: v.optional(v.array(blockedTasks)),
  error: v.optional(errorJson),
});

export const summary = document("A session: `rain cancel`.", sessionSummary.entries);
export const closed = document("Sessions: `rain close`.", { sessions: v.array(sessionSummary) });
export const status = document("A session and its tasks: `rain status SESSION`.", sessionStatus.entries);
export const story = document("The history of a task: `rain why`.", taskStory.entries);
export const plan = document("Where tasks would run: `rain submit --dry-run`.", placement.entries);
export const params = document("The parameters of a session file: `rain submit --help-params`.", {
  params: v.array(
    v.object({
      name: v.string(),
      type: v.string(),
      items: v.optional(v.string()),
      default: v.optional(v.unknown()),
      minimum: v.optional(v.number()),
      maximum: v.optional(v.number()),
      enum: v.optional(v.array(v.unknown())),
      description: v.optional(v.string()),
    }),
  ),
});

export const log = document("Log entries: `rain logs`.", { entries: v.array(logEntry) });
export const logLine = document("A log entry: a line of `rain logs --follow`.", logEntry.entries);

export const fetched = document("A kept object: `rain fetch`.", {
  session: positive,
  ref: v.string(),
  ...v.pick(objectDescription, ["size", "contentType", "dataType"]).entries,
  /** Exactly one of these: where it was written, a few lines of it, or its bytes. */
  path: v.optional(v.string()),
  preview: v.optional(v.string()),
  text: v.optional(v.string()),
  base64: v.optional(v.string()),
});

export const validated = document("A valid session file: `rain validate`.", {
  name: v.string(),
  objects: natural,
  tasks: taskCounts,
  outputs: natural,
  kept: natural,
  saved: natural,
  /** Task types that are unknown here, so that their tasks are not checked further. */
  unchecked: v.array(v.string()),
});

export const graph = document("The graph of a session file: `rain validate --graph json`.", {
  name: v.string(),
  nodes: v.array(
    v.object({
      id: v.string(),
      kind: v.picklist(["object", "task", "save"]),
      label: v.string(),
      type: v.optional(v.string()),
      group: v.optional(v.string()),
      instances: v.optional(natural),
    }),
  ),
  edges: v.array(v.object({ from: v.string(), to: v.string(), label: v.optional(v.string()) })),
});

export const sessionFile = document("A new session file: `rain init`.", { file: v.string() });
