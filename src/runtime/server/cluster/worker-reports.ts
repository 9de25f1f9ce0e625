import { type ErrorJson, RainError } from "../../errors.ts";
import type { WorkerToServer } from "../../protocol/messages/index.ts";
import { nameOf } from "../sessions/failure-errors.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { checkReport } from "./check-report.ts";
import type { Cluster } from "./cluster.ts";
import { attemptOf } from "./facts.ts";
import type { WorkerHandle } from "./registry.ts";
import { capacityOf } from "./task-types.ts";

type Report<Kind extends WorkerToServer[0]> = Extract<WorkerToServer, [Kind, unknown]>[1];

/**
 * Handles a report of a worker. Ignores reports of closed sessions, which are only late.
 * @throws INVALID_MESSAGE
 */
export function handleReport(cluster: Cluster, worker: WorkerHandle, message: WorkerToServer): void {
  const [kind, body] = message;
  if (kind === "sample") {
    worker.sample = body;
    cluster.journal.append(0, ["sample", { worker: worker.slot, sample: body }]);
    return;
  }
  if (kind === "types") {
    worker.hello = { ...worker.hello, ...body };
    const event = { worker: worker.slot, types: capacityOf(worker.hello).types };
    cluster.dispatch({ kind: "workerChanged", ...event }, { types: body.taskTypes.map(({ name }) => name) });
    return;
  }
  if (kind === "typesKnown") {
    worker.inquiries.shift()?.();
    return;
  }
  const record = cluster.sessions.get(body.session);
  if (!record) return;
  checkReport(record, cluster.graph(record), message);
  const origin = { worker: worker.slot, session: record.id };
  switch (kind) {
    case "started": {
      const { tasks, secondsAgo } = body;
      cluster.dispatch({ kind: "tasksStarted", ...origin, tasks }, { times: timesBefore(secondsAgo) });
      cluster.progressed(record.id);
      break;
    }
    case "finished":
      finished(cluster, origin, body);
      break;
    case "failed":
      failed(cluster, worker, record, body);
      break;
    case "missing":
      missing(cluster, origin, record, body);
      break;
    case "returned":
      cluster.dispatch({ kind: "tasksReturned", ...origin, tasks: body.tasks });
  }
}

interface Origin {
  worker: number;
  session: number;
}

function finished(cluster: Cluster, origin: Origin, report: Report<"finished">): void {
  const { tasks, durations, sizes, extras } = report;
  // Copies: views would keep the whole message in memory.
  const copies = report.copies.map(({ object, data }) => ({ object, data: new Uint8Array(data) }));
  cluster.dispatch(
    {
      kind: "tasksFinished",
      ...origin,
      tasks,
      durations,
      sizes,
      copies: Uint32Array.from(copies, ({ object }) => object),
    },
    { tasks, times: timesBefore(report.secondsAgo), durations, sizes, extras, copies },
  );
}

function missing(
  cluster: Cluster,
  { worker, session }: Origin,
  record: SessionRecord,
  body: Report<"missing">,
): void {
  const { object, source, tasks, error } = body;
  record.lastMissing = error;
  cluster.dispatch(
    {
      kind: "objectsMissing",
      session,
      objects: Uint32Array.of(object),
      sources: Uint32Array.of(source),
      by: { worker, tasks },
    },
    { error },
  );
  cluster.progressed(session);
}

function failed(cluster: Cluster, worker: WorkerHandle, record: SessionRecord, body: Report<"failed">): void {
  const { task, duration, extra } = body;
  if (task >= record.taskCount) return;
  const time = Date.now() - body.secondsAgo * 1000;
  const error = describeFailure(record, worker, task, body.error);
  cluster.dispatch(
    { kind: "taskFailed", worker: worker.slot, session: record.id, task },
    { time, duration, error, extra, ...attemptOf(cluster, record, task) },
  );
}

/** Points of time, in milliseconds since the epoch. */
function timesBefore(secondsAgo: Float32Array): Float64Array {
  const now = Date.now();
  const times = new Float64Array(secondsAgo.length);
  // `Float64Array.from` with a function is several times slower.
  for (let i = 0; i < times.length; i++) times[i] = now - (secondsAgo[i] ?? 0) * 1000;
  return times;
}

/** Adds the task and the worker to the error that the worker reported. */
function describeFailure(
  record: SessionRecord,
  worker: WorkerHandle,
  task: number,
  error: ErrorJson,
): ErrorJson {
  const type = record.typeOf(task);
  return new RainError(
    error.code,
    `task ${nameOf(record, task)} (${type}) failed on worker ${worker.slot}: ${error.message}`,
    {
      hint: error.hint ?? `\`rain logs ${record.id} --failed\` shows its output.`,
      details: {
        ...error.details,
        task,
        name: record.titleOf(task) ?? `#${task}`,
        type,
        worker: worker.slot,
      },
    },
  ).toJSON();
}
