import { type FailureReason, failedRuns } from "../core/index.ts";
import { RainError } from "../errors.ts";
import type { Cluster } from "./cluster.ts";
import { attemptsOf, type SessionRecord } from "./session-record.ts";

/** Takes down that a task has failed since its workers were lost, or its inputs could not be had, too often. */
export function recordCrashes(
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
