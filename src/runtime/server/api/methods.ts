import { isKept, objectProducer, objectState, sessionState, taskState } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type {
  ClusterStatus,
  LogEntry,
  Method,
  Methods,
  SessionProgress,
} from "../../protocol/messages/index.ts";
import { parseMethodParams } from "../../protocol/messages/methods.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { inquireTypes } from "../cluster/type-inquiry.ts";
import { place } from "../dry-run/index.ts";
import { readLogs } from "../logs/index.ts";
import type { Forwarder } from "../objects/forwarder.ts";
import { failureOf, failureSummary } from "../sessions/failure-errors.ts";
import type { PendingGraphs } from "../sessions/pending-graphs.ts";
import type { ProgressBoard } from "../sessions/progress.ts";
import { resolveRef, resolveTask } from "../sessions/refs.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { submit } from "../sessions/submit.ts";
import { clusterStatus, taskTypes } from "../status/cluster.ts";
import { describeObject, objectInfo } from "../status/objects.ts";
import { sessionProgress, sessionStatus, sessionSummary } from "../status/sessions.ts";
import { taskInfo } from "../status/tasks.ts";
import { explainTask } from "../why/index.ts";
import type { AccessRules } from "./access.ts";
import type { ServerLimits } from "./limits.ts";

/** The parts of the server that methods use. */
export interface ServerContext {
  readonly cluster: Cluster;
  readonly progress: ProgressBoard;
  readonly access: AccessRules;
  readonly limits: ServerLimits;
  readonly forwarder: Forwarder;
  describe(): ClusterStatus["server"];
  /** Stops the server shortly afterwards, so that the answer is sent first. */
  requestStop(force: boolean): void;
}

/** The caller of a method: a WebSocket client or an HTTP request. */
export interface Caller {
  /** Name of the client, for the log. */
  readonly agent: string;
  /** Aborts when the caller disconnects or aborts the call. */
  readonly signal: AbortSignal;
  /** Graphs that the caller is sending. */
  readonly graphs: PendingGraphs;
  own(record: SessionRecord): void;
  progress(progress: SessionProgress): void;
  unwatch: Map<number, () => void>;
  log(entries: LogEntry[]): Promise<void>;
}

/** `abort` is not here, since only WebSocket clients can abort a call. */
type HandledMethod = Exclude<Method, "abort">;

type Handlers = {
  [M in HandledMethod]: (
    server: ServerContext,
    params: Methods[M]["params"],
    caller: Caller,
  ) => Methods[M]["result"] | Promise<Methods[M]["result"]>;
};

const DONE = {};

/** The methods of the API, for WebSockets and HTTP alike. All throw `RainError`. */
export const METHODS: Handlers = {
  status: (server) => clusterStatus(server.cluster, server.describe()),
  async taskTypes({ cluster }) {
    await inquireTypes(cluster);
    return taskTypes(cluster);
  },
  stopServer(server, { force }) {
    server.requestStop(force);
    return DONE;
  },
  async newSession({ cluster }, options, caller) {
    const record = cluster.openSession(options, caller.agent);
    caller.own(record);
    await cluster.journal.sync().catch((error) => {
      cluster.close(record);
      throw error;
    });
    return { session: record.id };
  },
  attach({ cluster }, { session }, caller) {
    const record = cluster.session(session);
    if (cluster.orphans.reclaim(record)) caller.own(record);
    return DONE;
  },
  findSession: ({ cluster }, { ref }) => sessionSummary(cluster, cluster.findSession(ref)),
  sessionStatus: ({ cluster }, { session }) => sessionStatus(cluster, cluster.session(session)),
  missingPlugins: ({ cluster }, { hashes }) => ({
    hashes: hashes.filter((hash) => !cluster.plugins.has(hash)),
  }),
  addChunk(_server, { graph, chunk }, caller) {
    caller.graphs.add(graph, chunk);
    return DONE;
  },
  dropGraph(_server, { graph }, caller) {
    caller.graphs.drop(graph);
    return DONE;
  },
  async submit({ cluster }, { session, graph }, caller) {
    const chunks = caller.graphs.take(graph);
    const record = cluster.session(session);
    submit(cluster, record, chunks);
    // Nobody else waits for a detached session. The client of another one notices its loss.
    if (record.detached) await cluster.journal.sync();
    return DONE;
  },
  place: ({ cluster }, { graph }, caller) => place(cluster, caller.graphs.take(graph), caller.signal),
  seal({ cluster }, { session }) {
    const record = cluster.session(session);
    record.checkAlive();
    cluster.dispatch({ kind: "sealed", session });
    return DONE;
  },
  unkeep({ cluster }, { session, objects }) {
    const record = cluster.session(session);
    record.checkAlive();
    for (const object of objects) checkKept(cluster, record, object);
    cluster.dispatch({ kind: "unkept", session, objects });
    return DONE;
  },
  wait: ({ cluster }, params, caller) => wait(cluster, params, caller.signal),
  taskInfo({ cluster }, { session, tasks }) {
    const record = cluster.session(session);
    record.checkAlive();
    return {
      tasks: Array.from(tasks, (task) => {
        record.checkTask(task);
        return taskInfo(cluster, record, task);
      }),
    };
  },
  objectInfo({ cluster }, { session, objects }) {
    const record = cluster.session(session);
    record.checkAlive();
    return {
      objects: Array.from(objects, (object) => {
        checkObject(cluster, record, object);
        return objectInfo(cluster, record, object);
      }),
    };
  },
  why({ cluster }, { session, task }, caller) {
    const record = cluster.session(session);
    const number = typeof task === "number" ? task : resolveTask(record, task);
    record.checkTask(number);
    return explainTask(cluster, record, number, caller.signal);
  },
  resolveRef({ cluster }, { session, ref }) {
    const record = cluster.session(session);
    record.checkAlive();
    const graph = cluster.graph(record);
    const object = resolveRef(record, graph, ref);
    if (record.isOfStoppedCluster) checkKept(cluster, record, object);
    return describeObject(cluster, record, object);
  },
  cancel({ cluster }, { session }) {
    cluster.cancel(cluster.session(session), "a client requested it");
    return DONE;
  },
  close({ cluster }, { session }) {
    cluster.close(cluster.session(session));
    return DONE;
  },
  watch({ cluster, progress }, { session }, caller) {
    const record = cluster.session(session);
    caller.unwatch.get(session)?.();
    caller.unwatch.set(
      session,
      progress.watch(session, (news) => caller.progress(news)),
    );
    return sessionProgress(cluster, record);
  },
  unwatch(_server, { session }, caller) {
    caller.unwatch.get(session)?.();
    caller.unwatch.delete(session);
    return DONE;
  },
  async logs({ cluster }, query, caller) {
    const hasEnded = () => query.session !== undefined && isOver(cluster, query.session);
    for await (const entries of readLogs(cluster.journal, query, caller.signal, hasEnded))
      await caller.log(entries);
    return DONE;
  },
};

/** Whether nothing more will happen in a session, because it has ended or does not exist. */
function isOver(cluster: Cluster, session: number): boolean {
  // A former server may have it.
  if (cluster.restoration !== undefined) return false;
  const record = cluster.sessions.get(session);
  return record === undefined || record.endedAt !== undefined;
}

/** Checks the parameters of a call, and runs its method. */
export function callMethod<M extends HandledMethod>(
  server: ServerContext,
  method: M,
  params: unknown,
  caller: Caller,
): Methods[M]["result"] | Promise<Methods[M]["result"]> {
  return METHODS[method](server, parseMethodParams(method, params), caller);
}

async function wait(
  cluster: Cluster,
  { session, tasks, objects, mode }: Methods["wait"]["params"],
  signal: AbortSignal,
): Promise<Methods["wait"]["result"]> {
  const record = cluster.session(session);
  record.checkAlive();
  for (const task of tasks) record.checkTask(task);
  for (const object of objects) checkObject(cluster, record, object);
  const isTaskDone = (task: number) => taskState(cluster.core, session, task) === "finished";
  const isObjectDone = (object: number) =>
    ["present", "released"].includes(objectState(cluster.core, session, object) ?? "");
  const answer = () => ({ tasks: tasks.filter(isTaskDone), objects: objects.filter(isObjectDone) });

  if (tasks.length + objects.length === 0) {
    if (sessionState(cluster.core, session) === "running") await record.waits.forAll(signal);
    const failure = failureSummary(cluster, record);
    if (failure) throw failure;
    return answer();
  }
  const pending = new Set(tasks.filter((task) => !isTaskDone(task)));
  for (const object of objects) {
    const task = isObjectDone(object) ? undefined : objectProducer(cluster.core, session, object);
    if (task !== undefined) pending.add(task);
  }
  const done = answer();
  if (pending.size === 0 || (mode === "some" && done.tasks.length + done.objects.length > 0)) return done;
  const count = mode === "some" ? 1 : pending.size;
  for (const task of pending) {
    const failure = failureOf(cluster, record, task);
    if (failure) pending.delete(task);
    if (failure && pending.size < count) throw failure;
  }
  await record.waits.forTasks(pending, count, signal);
  return answer();
}

/** @throws NOT_SUBMITTED */
function checkObject(cluster: Cluster, record: SessionRecord, object: number): void {
  if (object >= cluster.graph(record).objectCount) {
    throw new RainError("NOT_SUBMITTED", `session ${record.id} has no object ${object}`);
  }
}

/** @throws NOT_SUBMITTED, NOT_KEPT, OBJECT_LOST */
export function checkKept(cluster: Cluster, record: SessionRecord, object: number): void {
  checkObject(cluster, record, object);
  if (!isKept(cluster.core, record.id, object)) {
    if (record.isOfStoppedCluster) {
      const message = `the objects of session ${record.id} were lost when its cluster was stopped`;
      throw new RainError("OBJECT_LOST", message, { hint: "Submit the session again to recompute them." });
    }
    throw new RainError("NOT_KEPT", `object ${object} of session ${record.id} is not kept`);
  }
}
