import { skipCause, taskCounts, taskState } from "../../core/index.ts";
import { type ErrorJson, RainError } from "../../errors.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { SessionRecord } from "./session-record.ts";

/** The errors of so many failed tasks of a session are at hand; those of all are in the journal. */
const MOST_ERRORS = 1000;

/** What is known of the tasks of a session that have failed for good. */
export class Failures {
  readonly #errors = new Map<number, ErrorJson>();

  add(task: number, error: ErrorJson): void {
    if (this.#errors.size < MOST_ERRORS) this.#errors.set(task, error);
  }

  get(task: number): ErrorJson | undefined {
    return this.#errors.get(task);
  }

  get first(): ErrorJson | undefined {
    return this.#errors.values().next().value;
  }

  /** Failed tasks, the first to fail first. */
  tasks(limit: number): number[] {
    return [...this.#errors.keys()].slice(0, limit);
  }
}

/** Why a task will not finish any more, or `undefined`. */
export function failureOf(cluster: Cluster, record: SessionRecord, task: number): RainError | undefined {
  const state = taskState(cluster.core, record.id, task);
  if (state === "failed") return errorOf(record, task);
  if (state !== "skipped") return undefined;
  const cause = skipCause(cluster.core, record.id, task)!;
  const needed = `task ${nameOf(record, task)} was skipped, since it needs what task ${nameOf(record, cause)} was to make`;
  return new RainError("TASK_FAILED", `${needed}: ${errorOf(record, cause).message}`, {
    details: { task, because: cause },
  });
}

/** What a session that goes on after failures ends with, or `undefined` when nothing of it has failed. */
export function failureSummary(cluster: Cluster, record: SessionRecord): RainError | undefined {
  const { first } = record.failures;
  const counts = taskCounts(cluster.core, record.id);
  if (first === undefined || counts === undefined) return undefined;
  const { failed, skipped = 0, total } = counts;
  const others =
    skipped === 0 ? "" : `, and ${skipped} ${skipped === 1 ? "was" : "were"} skipped because of that`;
  const which = failed === 1 ? first.message : `the first: ${first.message}`;
  return new RainError("TASK_FAILED", `${failed} of ${total} tasks failed${others}; ${which}`, {
    hint: `\`rain status ${record.id}\` lists them; \`rain logs ${record.id} --failed\` shows what they printed.`,
    details: { failed, skipped },
  });
}

function errorOf(record: SessionRecord, task: number): RainError {
  const error = record.failures.get(task);
  if (error) return RainError.fromJSON(error);
  return new RainError("TASK_FAILED", `task ${nameOf(record, task)} failed`);
}

const nameOf = (record: SessionRecord, task: number) => record.titleOf(task) ?? `#${task}`;
