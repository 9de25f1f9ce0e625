/* A dry run: where the tasks of a graph would run, computed in virtual time without running them. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { getOrInsert } from "../../collections/get-or-insert.ts";
import {
  blockedTasks,
  checkSubmit,
  createState,
  measuredSeconds,
  step,
  taskCounts,
} from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import { NO_TASKS } from "../../model/task-counts.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";
import type { PlacedTasks, Placement, Submission } from "../../protocol/messages/index.ts";
import type { Registry } from "../cluster/registry.ts";
import { capacityOf, graphKind, resolveTaskTypes } from "../cluster/task-types.ts";
import { SessionRecord } from "../sessions/session-record.ts";
import { describeBlocked } from "../status/sessions.ts";
import { titleOf } from "../status/tasks.ts";
import { DRY_SESSION, DryRun, type DryWorker } from "./simulate.ts";

/** Assumed duration of tasks of a type that has not run yet. */
const GUESSED_SECONDS = 1;
/** Number of events to simulate before other work gets a turn. */
const EVENTS_AT_ONCE = 200;
const MAX_EXAMPLES = 3;

/**
 * Computes where the tasks of a graph would run if the workers were idle. Changes nothing.
 *
 * @throws INVALID_GRAPH, UNKNOWN_TASK_TYPE, the reason of `signal`
 */
export async function place(
  cluster: Registry,
  chunks: Submission[],
  signal: AbortSignal,
): Promise<Placement> {
  resolveTaskTypes(cluster, chunks);
  const graph = chunks.map((chunk) => ({
    ...chunk,
    kinds: chunk.kinds.map(graphKind),
    constantSizes: Float64Array.from(chunk.constants, ({ size }) => size),
  }));
  const empty = createState();
  step(empty, { kind: "sessionOpened", session: DRY_SESSION }, 0);
  const wrong = checkSubmit(empty, DRY_SESSION, graph);
  if (wrong !== undefined) throw new RainError("INVALID_GRAPH", wrong);

  const record = new SessionRecord(DRY_SESSION, {
    name: "",
    detached: false,
    retain: false,
    onFailure: "stop",
  });
  for (const chunk of chunks) record.add(chunk);
  const workers = new Map<number, WorkerCapacity>();
  for (const { slot, hello } of cluster.workers.values()) workers.set(slot, capacityOf(hello));
  const known = measuredSeconds(cluster.core);
  const run = new DryRun(workers, graph, (type) => known.get(type) ?? GUESSED_SECONDS);
  while (run.advance(EVENTS_AT_ONCE)) {
    await nextTurn();
    signal.throwIfAborted();
  }
  return {
    tasks: { ...NO_TASKS, total: record.taskCount, waiting: record.taskCount },
    estimatedSeconds: run.now,
    workers: [...run.workers].map(([worker, placed]) => describeWorker(worker, placed, record)),
    blocked: describeBlocked(blockedTasks(run.core, DRY_SESSION), record),
    waiting: taskCounts(run.core, DRY_SESSION)?.waiting ?? 0,
  };
}

function describeWorker(
  worker: number,
  { ran, fetched }: DryWorker,
  record: SessionRecord,
): Placement["workers"][number] {
  const parts = new Map<string, PlacedTasks>();
  for (const task of ran) {
    const { type } = record.kindOf(task);
    const group = record.groupOf(task);
    getOrInsert(parts, JSON.stringify([group, type]), () => ({ group, type, count: 0 })).count++;
  }
  const first = ran.slice(0, MAX_EXAMPLES).map((task) => titleOf(record, task));
  return { worker, count: ran.length, fetchedInputs: fetched, parts: [...parts.values()], first };
}
