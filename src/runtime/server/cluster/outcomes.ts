import { type Effect, type FailureReason, failedRuns } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import { failureOf } from "../sessions/failures.ts";
import { attemptsOf, type SessionRecord } from "../sessions/session-record.ts";
import type { Cluster } from "./cluster.ts";

/*
 * What has become of tasks otherwise than by a report: it goes into the journal, and to those who wait for them.
 */

type Told<Kind extends Effect["kind"]> = Extract<Effect, { kind: Kind }>;

/** What a worker reported of a failed run is known already. */
export function noteFailed(cluster: Cluster, { session, worker, reason }: Told<"taskFailed">): void {
  const record = cluster.session(session);
  if (reason.kind === "crashes") recordCrashes(cluster, record, worker, reason);
  giveUp(cluster, record, [reason.task]);
}

export function noteSkipped(cluster: Cluster, { session, cause, tasks }: Told<"tasksSkipped">): void {
  cluster.journal.append(session, ["skipped", { cause, tasks }]);
  giveUp(cluster, cluster.session(session), tasks);
}

export function noteFound(cluster: Cluster, { session, worker, tasks }: Told<"tasksFound">): void {
  const record = cluster.session(session);
  const { firstOutput, size } = cluster.graph(record);
  const sizes: number[] = [];
  for (const task of tasks) {
    const first = firstOutput[task];
    sizes.push(...size.subarray(first, first + record.kinds[record.kindOf(task)].outputs.length));
  }
  cluster.journal.append(session, ["found", { worker, tasks, sizes: Float64Array.from(sizes) }]);
  record.waits.finished(tasks);
  cluster.progressed(session);
}

function giveUp(cluster: Cluster, record: SessionRecord, tasks: Iterable<number>): void {
  record.waits.givenUp(tasks, (task) => failureOf(cluster, record, task)!);
  cluster.progressed(record.id);
}

/** Takes down that a task has failed since its workers were lost, or its inputs could not be had, too often. */
function recordCrashes(
  cluster: Cluster,
  record: SessionRecord,
  worker: number,
  { task, crashes }: Extract<FailureReason, { kind: "crashes" }>,
): void {
  const title = record.titleOf(task) ?? `task ${task}`;
  const what = `${crashes} times its worker was lost, or an input could not be brought`;
  const last = record.lastMissing === undefined ? "" : `; the last time: ${record.lastMissing.message}`;
  const error = new RainError("WORKER_LOST", `${title} failed: ${what}${last}`, {
    details: { task, crashes },
    hint: "`rain logs --server` tells of workers that were lost.",
  }).toJSON();
  const attempt = failedRuns(cluster.core, record.id, task) + 1;
  const attempts = attemptsOf(record, task);
  const time = Date.now();
  record.failures.add(task, error);
  cluster.journal.append(record.id, [
    "failed",
    { worker, task, time, duration: 0, error, extra: { task }, attempt, attempts },
  ]);
}
