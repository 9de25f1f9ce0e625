import type { SessionRecord } from "../sessions/session-record.ts";
import { contentTypeOf } from "../status/objects.ts";
import type { FailedFacts, FinishedFacts } from "./facts.ts";
import type { Registry } from "./registry.ts";

/*
 * Adds the content of reports to the record of a session.
 */

export function learnFinished(registry: Registry, record: SessionRecord, facts: FinishedFacts): void {
  const { tasks, times, durations, extras, copies } = facts;
  const remarks = new Map(extras.map((extra) => [extra.task, extra]));
  for (let i = 0; i < tasks.length; i++) {
    const task = tasks[i]!;
    record.ended(task, times[i]!, durations[i]!, remarks.size === 0 ? undefined : remarks.get(task));
  }
  for (const { object, data } of copies) keepCopy(registry, record, object, data);
}

export function learnStarted(record: SessionRecord, tasks: Uint32Array, times: Float64Array): void {
  for (let i = 0; i < tasks.length; i++) record.startTimes.set(tasks[i]!, times[i]!);
}

export function learnFailure(record: SessionRecord, task: number, facts: FailedFacts): void {
  if (facts.retryAt !== undefined) return;
  record.failures.add(task, facts.error);
  record.ended(task, facts.time, facts.duration, facts.extra);
}

/** Keeps the bytes of a small result on the server. */
export function keepCopy(registry: Registry, record: SessionRecord, object: number, data: Uint8Array): void {
  const contentType = contentTypeOf(registry, record, object);
  registry.constants.addCopy(record.id, object, { size: data.length, dataType: "blob", contentType }, data);
}
