import { type FailureReason, skipCause, taskCounts, taskState } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { SessionState } from "../../model/session-states.ts";
import { visibleLine } from "../../visible-text.ts";
import type { Registry } from "../cluster/registry.ts";
import type { SessionRecord } from "./session-record.ts";

/** The reason why a task will never finish, or `undefined`. */
export function failureOf(registry: Registry, record: SessionRecord, task: number): RainError | undefined {
  const state = taskState(registry.core, record.id, task);
  if (state === "failed") return errorOf(record, task);
  if (state !== "skipped") return undefined;
  const cause = skipCause(registry.core, record.id, task)!;
  const needed = `task ${nameOf(record, task)} was skipped because it needs an output of task ${nameOf(record, cause)}`;
  return new RainError("TASK_FAILED", `${needed}: ${errorOf(record, cause).message}`, {
    details: { task, because: cause },
  });
}

/** The error that sums up a session with `onFailure: continue`, or `undefined` when nothing has failed. */
export function failureSummary(registry: Registry, record: SessionRecord): RainError | undefined {
  const { first } = record.failures;
  const counts = taskCounts(registry.core, record.id);
  if (first === undefined || counts === undefined) return undefined;
  const { failed, skipped, total } = counts;
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

/** The name, key or number of a task in one line, for messages. */
export function nameOf(record: SessionRecord, task: number): string {
  return visibleLine(record.titleOf(task) ?? `#${task}`);
}

/** Returns whether a session in this state has nothing left to run, and its error. */
export function standingOf(
  registry: Registry,
  record: SessionRecord,
  state: SessionState,
): { isIdle: boolean; error: RainError | undefined } {
  const continues = record.onFailure === "continue";
  const isIdle = state === "open" || state === "finished" || (state === "failed" && continues);
  return { isIdle, error: record.error ?? (isIdle ? failureSummary(registry, record) : undefined) };
}

/** The error of a task whose workers were lost, or whose inputs were not available, too often. */
export function crashError(
  record: SessionRecord,
  { task, crashes }: Extract<FailureReason, { kind: "crashes" }>,
): RainError {
  const title = `task ${nameOf(record, task)}`;
  const what = `${crashes} times, its worker was lost or an input was not available`;
  const last = record.lastMissing === undefined ? "" : `; the last time: ${record.lastMissing.message}`;
  return new RainError("WORKER_LOST", `${title} failed: ${what}${last}`, {
    details: { task, crashes },
    hint: "`rain logs --server` shows which workers were lost.",
  });
}
