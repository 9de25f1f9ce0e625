import { failedRuns, retryTime } from "../../core/index.ts";
import { type ErrorJson, RainError } from "../../errors.ts";
import type { WorkerToServer } from "../../protocol/messages/worker-messages.ts";
import { attemptsOf, type SessionRecord } from "../sessions/session-record.ts";
import { checkReport } from "./check-report.ts";
import type { Cluster, WorkerHandle } from "./cluster.ts";
import { takeFinished } from "./finished-report.ts";
import { capacityOf } from "./task-types.ts";
import { epochTime } from "./wake-timer.ts";

type Report<Kind extends WorkerToServer[0]> = Extract<WorkerToServer, [Kind, unknown]>[1];

/**
 * Takes what a worker reports into the cluster. Reports of sessions that are gone meanwhile are late, not wrong: they are passed over.
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
    const types = body.taskTypes.map(({ name }) => name);
    cluster.journal.append(0, ["workerChanged", { worker: worker.slot, types }]);
    cluster.dispatch({ kind: "workerChanged", worker: worker.slot, types: capacityOf(worker.hello).types });
    return;
  }
  const record = cluster.sessions.get(body.session);
  if (!record) return;
  checkReport(record, cluster.graph(record), message);
  switch (kind) {
    case "started":
      started(cluster, worker, record, body);
      break;
    case "finished":
      takeFinished(cluster, worker, record, body);
      break;
    case "failed":
      failed(cluster, worker, record, body);
      break;
    case "missing":
      missing(cluster, worker, record, body);
      break;
    case "returned":
      cluster.journal.append(record.id, ["returned", { worker: worker.slot, tasks: body.tasks }]);
      cluster.dispatch({ kind: "tasksReturned", worker: worker.slot, session: record.id, tasks: body.tasks });
  }
}

function started(
  cluster: Cluster,
  worker: WorkerHandle,
  record: SessionRecord,
  body: Report<"started">,
): void {
  const now = Date.now();
  const times = Float64Array.from(body.secondsAgo, (seconds) => now - seconds * 1000);
  cluster.journal.append(record.id, ["started", { worker: worker.slot, tasks: body.tasks, times }]);
  cluster.dispatch({ kind: "tasksStarted", worker: worker.slot, session: record.id, tasks: body.tasks });
  cluster.progressed(record.id);
}

function missing(
  cluster: Cluster,
  worker: WorkerHandle,
  record: SessionRecord,
  body: Report<"missing">,
): void {
  const { object, source, tasks, error } = body;
  record.lastMissing = error;
  cluster.journal.append(record.id, ["missing", { worker: worker.slot, object, source, tasks, error }]);
  cluster.dispatch({
    kind: "objectsMissing",
    session: record.id,
    objects: Uint32Array.of(object),
    sources: Uint32Array.of(source),
    by: { worker: worker.slot, tasks },
  });
  cluster.progressed(record.id);
}

function failed(cluster: Cluster, worker: WorkerHandle, record: SessionRecord, body: Report<"failed">): void {
  const { task, duration, extra } = body;
  if (task >= record.taskCount) return;
  const time = Date.now() - body.secondsAgo * 1000;
  const error = describeFailure(record, worker, task, body.error);
  const attempt = failedRuns(cluster.core, record.id, task) + 1;
  const attempts = attemptsOf(record, task);
  const report = { kind: "taskFailed", worker: worker.slot, session: record.id, task } as const;
  cluster.dispatch(report, (effects) => {
    const retried = effects.find((effect) => effect.kind === "taskRetried");
    // The report may be late.
    if (!retried && !effects.some(({ kind }) => kind === "taskFailed")) return;
    const pause = retryTime(cluster.core, record.id, task);
    const retryAt = retried && (pause === undefined ? Date.now() : epochTime(pause));
    cluster.journal.append(record.id, [
      "failed",
      { worker: worker.slot, task, time, duration, error, extra, attempt, attempts, retryAt },
    ]);
    if (retried) return;
    record.failures.add(task, error);
    record.ended(task, time, duration, extra);
  });
}

/** A worker knows what went wrong; the server adds which task it was and where it ran. */
function describeFailure(
  record: SessionRecord,
  worker: WorkerHandle,
  task: number,
  error: ErrorJson,
): ErrorJson {
  const title = record.titleOf(task) ?? `#${task}`;
  const type = record.typeOf(task);
  return new RainError(
    error.code,
    `task ${title} (${type}) failed on worker ${worker.slot}: ${error.message}`,
    { hint: error.hint, details: { ...error.details, task, name: title, type, worker: worker.slot } },
  ).toJSON();
}
