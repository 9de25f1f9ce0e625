import type { FinishedExtra, ObjectCopy, WorkerToServer } from "../../protocol/messages/worker-messages.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { contentTypeOf } from "../sessions/status.ts";
import type { Cluster, WorkerHandle } from "./cluster.ts";

type FinishedReport = Extract<WorkerToServer, ["finished", unknown]>[1];

/** What a report says of the tasks of which it is believed; all columns are by task but `sizes`, which is by output. */
interface Accepted {
  tasks: Uint32Array;
  /** Milliseconds since the epoch at which each task ended. */
  times: Float64Array;
  /** Seconds. */
  durations: Float32Array;
  sizes: Float64Array;
  extras: FinishedExtra[];
  copies: ObjectCopy[];
}

/** Takes in that tasks have finished. Only of those that the core takes from this worker, anything is recorded: a report may be late. */
export function takeFinished(
  cluster: Cluster,
  worker: WorkerHandle,
  record: SessionRecord,
  report: FinishedReport,
): void {
  const { tasks, durations, sizes, extras } = report;
  const now = Date.now();
  const times = Float64Array.from(report.secondsAgo, (seconds) => now - seconds * 1000);
  // Parts of a whole message, which need not be kept for them.
  const copies = report.copies.map(({ object, data }) => ({ object, data: new Uint8Array(data) }));
  const event = {
    kind: "tasksFinished",
    worker: worker.slot,
    session: record.id,
    tasks,
    durations,
    sizes,
    copies: Uint32Array.from(copies, ({ object }) => object),
  } as const;
  cluster.dispatch(event, (effects) => {
    const effect = effects.find(({ kind }) => kind === "tasksFinished");
    if (effect?.kind !== "tasksFinished") return;
    const all = { tasks, times, durations, sizes, extras, copies };
    const isWhole = effect.tasks.length === tasks.length;
    const accepted = isWhole ? all : selectTasks(cluster, record, all, new Set(effect.tasks));
    recordFinished(cluster, worker, record, accepted);
  });
}

function recordFinished(
  cluster: Cluster,
  worker: WorkerHandle,
  record: SessionRecord,
  accepted: Accepted,
): void {
  const { tasks, times, durations, extras, copies } = accepted;
  const remarks = new Map(extras.map((extra) => [extra.task, extra]));
  for (const [i, task] of tasks.entries()) record.ended(task, times[i], durations[i], remarks.get(task));
  for (const { object, data } of copies) {
    const info = {
      size: data.length,
      dataType: "blob",
      contentType: contentTypeOf(cluster, record, object),
    } as const;
    cluster.constants.addCopy(record.id, object, info, data);
  }
  cluster.journal.append(record.id, ["finished", { worker: worker.slot, ...accepted }]);
}

function selectTasks(
  cluster: Cluster,
  record: SessionRecord,
  all: Accepted,
  chosen: ReadonlySet<number>,
): Accepted {
  const { firstOutput } = cluster.graph(record);
  const rows: number[] = [];
  const sizes: number[] = [];
  const objects = new Set<number>();
  let next = 0;
  for (const [row, task] of all.tasks.entries()) {
    const { length } = record.kinds[record.kindOf(task)].outputs;
    if (chosen.has(task)) {
      rows.push(row);
      sizes.push(...all.sizes.subarray(next, next + length));
      for (let n = 0; n < length; n++) objects.add(firstOutput[task] + n);
    }
    next += length;
  }
  return {
    tasks: Uint32Array.from(rows, (row) => all.tasks[row]),
    times: Float64Array.from(rows, (row) => all.times[row]),
    durations: Float32Array.from(rows, (row) => all.durations[row]),
    sizes: Float64Array.from(sizes),
    extras: all.extras.filter(({ task }) => chosen.has(task)),
    copies: all.copies.filter(({ object }) => objects.has(object)),
  };
}
