import type { ErrorJson } from "../../errors.ts";
import type {
  ClusterStatus,
  GroupStatus,
  LogEntry,
  ObjectDescription,
  OnFailure,
  Placement,
  SessionState,
  SessionStatus,
  SessionSummary,
  TaskCounts,
  TaskInfo,
  TaskTypeInfo,
} from "./descriptions.ts";
import type { Submission } from "./submission.ts";
import type { TaskStory } from "./task-story.ts";

export type * from "./descriptions.ts";

export interface LogQuery {
  session?: number;
  task?: number;
  worker?: number;
  failed?: boolean;
  /** Events of the server and the workers instead of a session's. */
  server?: boolean;
  /** Go on with what happens from now. */
  follow?: boolean;
}

/** Names a session for a person: its id, or the newest one of that name. */
export type SessionRef = number | string;

/** What the client decides when it opens a session. */
export interface NewSession {
  name: string;
  /** Goes on without its client. */
  detached: boolean;
  /** Once it has ended it stays until it is closed; without this the session closes with its client. */
  retain: boolean;
  /** What a failed task does to the others: it stops them, or only those that need what it was to make. */
  onFailure: OnFailure;
}

/** Every request of a client: its parameters and what it is answered. HTTP routes map to the same methods. */
export interface Methods {
  status: { params: Record<string, never>; result: ClusterStatus };
  taskTypes: { params: Record<string, never>; result: { types: TaskTypeInfo[]; contentTypes: string[] } };
  stopServer: { params: { force: boolean }; result: Record<string, never> };
  newSession: { params: NewSession; result: { session: number } };
  /** The client that opened an attached session is back, at another server than before. */
  attach: { params: { session: number }; result: Record<string, never> };
  findSession: { params: { ref: SessionRef }; result: SessionSummary };
  sessionStatus: { params: { session: number }; result: SessionStatus };
  /** Those of these packages of plugins that the server lacks: they are uploaded before the submit. */
  missingPlugins: { params: { hashes: string[] }; result: { hashes: string[] } };
  /**
   * A graph comes in chunks, under a number that the client gives it; the server holds them, for this connection only, until
   * `submit` or `place` says what to do with the whole, or `dropGraph` gives it up. A chunk that is refused takes the others with it.
   */
  addChunk: { params: { graph: number; chunk: Submission }; result: Record<string, never> };
  dropGraph: { params: { graph: number }; result: Record<string, never> };
  /** Takes the graph into the session, or refuses it whole. */
  submit: { params: { session: number; graph: number }; result: Record<string, never> };
  /** Where the tasks of a first submit would run. Nothing is left behind; constants need no data. */
  place: { params: { graph: number }; result: Placement };
  /** No further submit will come. */
  seal: { params: { session: number }; result: Record<string, never> };
  unkeep: { params: { session: number; objects: Uint32Array }; result: Record<string, never> };
  /** All: answered when all are finished. Some: answered when at least one is. Nothing listed: all that was submitted. */
  wait: {
    params: { session: number; tasks: Uint32Array; objects: Uint32Array; mode: "all" | "some" };
    result: { tasks: Uint32Array; objects: Uint32Array };
  };
  taskInfo: { params: { session: number; tasks: Uint32Array }; result: { tasks: TaskInfo[] } };
  /** Why it waits, ran where it ran, failed or ran again. A task is named by its number, key, name, or `#` and its number. */
  why: { params: { session: number; task: number | string }; result: TaskStory };
  /** The kept object that a ref such as `report`, `chunks[0]`, `chunks.last` or `#17` (its number) names. */
  resolveRef: { params: { session: number; ref: string }; result: ObjectDescription };
  cancel: { params: { session: number }; result: Record<string, never> };
  close: { params: { session: number }; result: Record<string, never> };
  /** Progress events follow until the session ends or the client unsubscribes; the answer is the first. */
  watch: { params: { session: number }; result: SessionProgress };
  unwatch: { params: { session: number }; result: Record<string, never> };
  /** Entries come as `log` events with this request's id; the answer comes when all were sent, with `follow` never. */
  logs: { params: LogQuery; result: Record<string, never> };
  /** Gives up a `wait` or `logs` that is under way. */
  abort: { params: { request: number }; result: Record<string, never> };
}
export type Method = keyof Methods;

export interface SessionProgress {
  session: number;
  state: SessionState;
  tasks: TaskCounts;
  groups: GroupStatus[];
  /** Ready tasks that no present worker can run. */
  blocked: number;
  error?: ErrorJson;
}

export type ClientToServer = ["call", { id: number; method: Method; params: unknown }];

export type ServerToClient =
  | ["reply", { id: number; result: unknown }]
  | ["error", { id: number; error: ErrorJson }]
  | ["progress", SessionProgress]
  | ["log", { id: number; entries: LogEntry[] }];

export interface ClientHello {
  /** What connects, for the log: `rain 1.0.0 submit`. */
  agent: string;
}
export interface ClientWelcome {
  client: number;
  /** The same one for every server that goes on with the same journal. */
  cluster: string;
}

/**
 * Object bytes go over plain HTTP: `GET /api/v1/sessions/S/objects/N` waits for a kept object and streams it (a `dir` as
 * a tar), with `content-length` where it is known, `x-rain-data-type`, `x-rain-content-type`;
 * `PUT /api/v1/sessions/S/constants/N` uploads a large constant before its submit. Errors are `{ "error": ErrorJson }`.
 */
export const objectPath = (session: number, object: number) =>
  `/api/v1/sessions/${session}/objects/${object}`;
export const constantPath = (session: number, object: number) =>
  `/api/v1/sessions/${session}/constants/${object}`;

/** `PUT`: the tar of a plugin, for workers that lack it. `GET`: for these. */
export const pluginPath = (hash: string) => `/api/v1/plugins/${hash}`;
