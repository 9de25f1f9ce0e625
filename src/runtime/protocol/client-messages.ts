import type { ErrorJson } from "../errors.ts";
import type {
  DataType,
  ObjectSpec,
  PluginRef,
  Resources,
  RetryRule,
  Submission,
  Where,
} from "./submission.ts";
import type { TaskStory } from "./task-story.ts";

export type SessionState = "open" | "running" | "finished" | "failed" | "cancelled" | "closed";
export type TaskState =
  | "waiting"
  | "ready"
  | "assigned"
  | "running"
  | "finished"
  | "failed"
  | "cancelled"
  /** It will not run, since it needs what a failed task was to make. */
  | "skipped";

/**
 * `ready` includes the tasks that a worker holds ahead, and those too short to be seen running: `running` counts what has run for
 * a moment. `failed` includes the cancelled ones.
 */
export interface TaskCounts {
  total: number;
  waiting: number;
  ready: number;
  running: number;
  finished: number;
  failed: number;
  /** Absent when there are none. */
  skipped?: number;
}

export type OnFailure = "stop" | "continue";

export interface WorkerStatus {
  id: number;
  /** `HOST:PORT` of its data server. */
  address: string;
  hostname: string;
  pid: number;
  cpus: number;
  /** Bytes that its tasks may ask for. */
  memoryTotal: number;
  /** Amounts of named resources. */
  resources: Record<string, number>;
  labels: Record<string, string>;
  state: "online" | "offline";
  /** Tasks it has now. */
  running: number;
  /** The last sample, absent before the first. */
  cpuUse?: number;
  memory?: number;
  objectBytes?: number;
  executors?: ExecutorStatus[];
}

/** A process that runs the code of tasks, with all that it started. */
export interface ExecutorStatus {
  /** Such as `plugin arrow@1.0.0`. */
  name: string;
  pid: number;
  /** Cpus in use: 1 is one cpu. */
  cpus: number;
  /** Resident bytes. */
  memory: number;
  /** Tasks that it was handed and has not ended. */
  running: number;
}

export interface SessionSummary {
  id: number;
  name: string;
  onFailure: OnFailure;
  state: SessionState;
  tasks: TaskCounts;
  /** Milliseconds since the epoch, on the server's clock. */
  createdAt: number;
  endedAt?: number;
  error?: ErrorJson;
}

export interface ClusterStatus {
  server: { address: string; version: string; runtime: string; pid: number; uptimeSeconds: number };
  workers: WorkerStatus[];
  sessions: SessionSummary[];
}

export interface GroupStatus {
  name: string;
  tasks: TaskCounts;
}

export interface TaskInfo {
  task: number;
  key?: string;
  name?: string;
  type: string;
  group: string;
  resources: Resources;
  where?: Where;
  priority?: number;
  retries?: number | RetryRule;
  /** Seconds. */
  timeout?: number;
  state: TaskState;
  /** Slot of the worker that has or had it. */
  worker?: number;
  /** Runs that have failed; absent for none. */
  failedRuns?: number;
  /** When it runs again after a failure: milliseconds since the epoch. */
  retryAt?: number;
  /** Of a skipped task: the failed one that it needs. */
  because?: TaskTitle;
  /** Milliseconds since the epoch. */
  startTime?: number;
  /** Seconds. */
  duration?: number;
  error?: ErrorJson;
  debug?: string;
  user?: unknown;
  outputs: ObjectDescription[];
}

export interface ObjectDescription {
  object: number;
  /** How a session file or `rain fetch` names it, where it has a name. */
  ref?: string;
  label?: string;
  dataType: DataType;
  contentType: string;
  kept: boolean;
  /** `failed`: it will not be made, since its task has failed or was skipped. */
  state: "pending" | "present" | "released" | "failed";
  /** Bytes, once it exists. */
  size?: number;
}

/** By what people know a task. */
export type TaskTitle = Pick<TaskInfo, "task" | "key" | "name" | "type">;

/** Tasks that will not run because one has failed. */
export interface SkippedTasks {
  because: TaskTitle;
  count: number;
  /** The first 100 of them. */
  tasks: TaskTitle[];
}

/** Ready tasks that no present worker can run. */
export interface BlockedTasks {
  tasks: number;
  /** One of them. */
  example: TaskTitle;
  /** Why not, of each worker; empty when there are no workers. */
  reasons: { worker: number; reason: string }[];
}

/** Tasks of one group and type. */
export interface PlacedTasks {
  group: string;
  type: string;
  tasks: number;
}

/** Where the tasks of a graph would run, if the workers had nothing else to do. */
export interface Placement {
  tasks: number;
  /** From what tasks of the same type have taken, else from a second each; transfers are left out. */
  estimatedSeconds: number;
  workers: {
    worker: number;
    tasks: number;
    /** Inputs that it brings from the server and from other workers. */
    fetchedInputs: number;
    parts: PlacedTasks[];
    /** What it starts with. */
    first: TaskTitle[];
  }[];
  /** What no present worker can run, and how many tasks wait for that. */
  blocked: BlockedTasks[];
  waiting: number;
}

export interface SessionStatus extends SessionSummary {
  /** The plugins that its tasks need, each as it was at the submit. */
  plugins: SessionPlugin[];
  groups: GroupStatus[];
  blocked: BlockedTasks[];
  /** The tasks that run right now, at most 20; and those that failed, at most 100. */
  runningTasks: TaskInfo[];
  failedTasks: TaskInfo[];
  /** What was skipped because of the first 100 that failed. */
  skippedTasks: SkippedTasks[];
  /** Everything kept. */
  kept: ObjectDescription[];
}

export interface SessionPlugin extends Pick<PluginRef, "name" | "package" | "version" | "hash"> {
  /** Whether workers without it get it from the server. */
  shipped: boolean;
}

export interface TaskTypeInfo {
  /** Canonical, such as `builtin/store`. */
  name: string;
  /** Other full names of it, such as `builtin/export`. */
  aliases?: string[];
  summary: string;
  inputs: string;
  outputs: string;
  /** JSON Schema of the config, absent where it takes none. */
  config?: unknown;
  /** The plugin that brings it; absent for one that Rain brings itself. */
  plugin?: PluginRef;
  /** The workers that offer it. */
  workers?: number[];
}

/** One line of `rain logs`. */
export interface LogEntry {
  /** Milliseconds since the epoch, on the server's clock. */
  time: number;
  event:
    | "session-opened"
    | "submitted"
    | "session-changed"
    | "assigned"
    | "started"
    | "finished"
    | "failed"
    | "skipped"
    | "unkept"
    | "worker-joined"
    | "worker-changed"
    | "worker-lost"
    | "worker-resumed"
    | "found"
    | "restarted"
    | "server-started"
    | "server-stopped";
  session?: number;
  task?: number;
  /** Of the task: its key in a session file, and its name for people. */
  key?: string;
  name?: string;
  type?: string;
  worker?: number;
  /** For people. */
  message?: string;
  duration?: number;
  /** Of a failed run: the how manieth it was, from 1, of how many at most, and when the next begins at the earliest. */
  attempt?: number;
  attempts?: number;
  retryAt?: number;
  state?: SessionState;
  error?: ErrorJson;
  debug?: string;
  stdout?: string;
  stderr?: string;
}

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

export type { ObjectSpec };
