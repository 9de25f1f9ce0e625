/* The history of a task and why it waits, for `rain why`. */

import { entryAt } from "../../collections/entry-at.ts";
import {
  awaitedTasks,
  type GraphColumns,
  isKept,
  objectProducer,
  objectState,
  retryTime,
  skipCause,
  taskState,
  taskWorker,
  workerReasons,
} from "../../core/index.ts";
import { isoTime } from "../../model/iso-time.ts";
import type { TaskStory, WaitingStory } from "../../protocol/messages/index.ts";
import type { Registry } from "../cluster/registry.ts";
import { epochTime } from "../cluster/wake-timer.ts";
import { readJournal } from "../journal/reader.ts";
import { failureOf, nameOf } from "../sessions/failure-errors.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { inputsOf, outputRange } from "../sessions/task-objects.ts";
import { titleOf } from "../status/tasks.ts";
import { type HistorySubject, TaskHistory } from "./history.ts";

const MAX_INPUTS_SHOWN = 20;

/**
 * Explains from the journal and the state of the scheduler why a task waits, failed, ran again, or ran on its
 * worker.
 */
export async function explainTask(
  cluster: Registry,
  record: SessionRecord,
  task: number,
  signal: AbortSignal,
): Promise<TaskStory> {
  const { journal } = cluster;
  const history = new TaskHistory(subjectOf(cluster, record, task));
  const end = journal.length;
  await journal.flush();
  for await (const entry of readJournal(journal.path, { session: record.id, withServer: true, end })) {
    signal.throwIfAborted();
    history.take(entry);
  }
  const state = taskState(cluster.core, record.id, task) ?? "waiting";
  const waiting = state === "waiting" || state === "ready" ? waitingOf(cluster, record, task) : undefined;
  const cause = skipCause(cluster.core, record.id, task);
  const error = failureOf(cluster, record, task) ?? (state === "cancelled" ? record.error : undefined);
  return {
    session: record.id,
    ...titleOf(record, task),
    state,
    ...(waiting && { waiting }),
    runs: history.runs,
    ...(cause !== undefined && { because: titleOf(record, cause) }),
    ...(error && { error: error.toJSON() }),
  };
}

function subjectOf(cluster: Registry, record: SessionRecord, task: number): HistorySubject {
  const graph = cluster.graph(record);
  const kind = record.kindOf(task);
  const { first, end } = outputRange(record, graph, task);
  const outputs = kind.outputs.map((_, n) => first + n);
  return {
    session: record.id,
    task,
    kind,
    inputs: Array.from(inputsOf(graph, task), (object) => ({
      size: entryAt(graph.size, object),
      producer: objectProducer(cluster.core, record.id, object),
    })),
    consumers: consumersOf(graph, first, end),
    isKept: outputs.some((object) => isKept(cluster.core, record.id, object)),
    nameOf: (number) => nameOf(record, number),
  };
}

/** Finds the tasks that use the outputs. It visits all edges, which is fast enough for `rain why`. */
function consumersOf({ taskCount, inputStart, inputs }: GraphColumns, first: number, end: number): number[] {
  const consumers: number[] = [];
  for (let task = 0; task < taskCount; task++) {
    const edgeEnd = inputStart[task + 1]!;
    for (let edge = inputStart[task]!; edge < edgeEnd; edge++) {
      const input = inputs[edge]!;
      if (input < first || input >= end) continue;
      consumers.push(task);
      break;
    }
  }
  return consumers;
}

function waitingOf(cluster: Registry, record: SessionRecord, task: number): WaitingStory {
  const { core } = cluster;
  const graph = cluster.graph(record);
  const producers = new Set<number>();
  for (const object of inputsOf(graph, task)) {
    if (objectState(core, record.id, object) !== "pending") continue;
    const producer = objectProducer(core, record.id, object);
    if (producer !== undefined) producers.add(producer);
  }
  for (const predecessor of awaitedTasks(core, record.id, task)) producers.add(predecessor);
  const retryAt = retryTime(core, record.id, task);
  return {
    inputs: producers.size,
    producers: [...producers].slice(0, MAX_INPUTS_SHOWN).map((producer) => {
      const worker = taskWorker(core, record.id, producer);
      const state = taskState(core, record.id, producer) ?? "waiting";
      return { ...titleOf(record, producer), state, ...(worker !== undefined && { worker }) };
    }),
    ...(retryAt !== undefined && { retryAt: isoTime(epochTime(retryAt)) }),
    workers: workerReasons(core, record.id, task),
  };
}
