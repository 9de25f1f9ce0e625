import * as v from "valibot";
import { clusterStatus } from "../../runtime/protocol/messages/cluster.ts";
import { taskTypeInfo } from "../../runtime/protocol/messages/tasks.ts";
import { measure, natural, positive } from "../../runtime/protocol/messages/values.ts";
import { document } from "./document.ts";

const pid = positive;

export const cluster = document(
  "The server, its workers and sessions: `rain status`.",
  clusterStatus.entries,
);

export const started = document("A new cluster: `rain start`.", {
  address: v.string(),
  tokenFile: v.optional(v.string()),
  pid: v.optional(pid),
  workers: v.array(v.object({ id: v.optional(natural), pid, cpus: v.optional(measure) })),
  directory: v.string(),
  logDirectory: v.string(),
  workDirectory: v.optional(v.string()),
  /** Whether the server replaces one that had died. */
  revived: v.boolean(),
});

export const stopped = document("A stopped cluster: `rain stop`.", {
  address: v.string(),
  /** Whether there was something to stop. */
  stopped: v.boolean(),
  directory: v.optional(v.string()),
  /** What could not be removed. */
  leftover: v.optional(v.string()),
});

export const server = document("A server that is ready: `rain server`.", {
  address: v.string(),
  pid,
  tokenFile: v.optional(v.string()),
});

export const worker = document("A worker that is ready: `rain worker`.", {
  worker: natural,
  server: v.string(),
  pid,
});

const knownType = { ...taskTypeInfo.entries, from: v.string() };
export const taskTypes = document("Task types and content types: `rain tasks`.", {
  types: v.array(v.object(knownType)),
  contentTypes: v.array(v.string()),
});
export const taskType = document("A task type: `rain tasks TYPE`.", knownType);

export const versions = document("The version of Rain: `rain version`.", {
  rain: v.string(),
  runtime: v.string(),
  platform: v.string(),
});
