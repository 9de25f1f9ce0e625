import { NONE } from "../collections/columns.ts";
import type { SessionState } from "../model/session-states.ts";
import {
  ASSIGNED,
  CANCELLED,
  FAILED,
  FINISHED,
  READY,
  RETRACTING,
  RUNNING,
  SKIPPED,
  STATE_COUNT,
  STATE_NAMES,
  WAITING,
} from "../model/task-states.ts";
import { type Graph, kindOf, NEVER, PENDING } from "./data/graph.ts";
import { unmetRequirements } from "./data/requirements.ts";
import type { CoreState, TaskClass, Worker } from "./data/state.ts";
import { isPresent, slotOf } from "./objects/replicas.ts";
import { canRun, freeOf } from "./queues/resource-queues.ts";

/*
 * What others may read of the state. Sessions, tasks and objects that are not there are answered with `undefined`.
 */

/** A task that was asked back counts as `assigned`. */
export type TaskState = Exclude<(typeof STATE_NAMES)[number], "retracting">;
/** `failed`: it will never be made. */
export type ObjectState = "pending" | "present" | "released" | "failed";

/** `ready` includes those that a worker holds ahead, `running` those it reported as started; `failed` includes the cancelled ones. */
export interface TaskCounts {
  total: number;
  waiting: number;
  ready: number;
  running: number;
  finished: number;
  failed: number;
  /** They will not run, since they need what a failed task was to make. Absent when there are none. */
  skipped?: number;
}

const OBJECT_STATES = ["pending", "present", "released", "failed"] as const;

/** Columns for those that encode many tasks at once. Only valid until the next `step`. */
export type GraphColumns = Readonly<
  Pick<
    Graph,
    "taskCount" | "objectCount" | "inputStart" | "inputs" | "firstOutput" | "size" | "producer" | "kept"
  >
>;

export function graphColumns(state: CoreState, session: number): GraphColumns | undefined {
  return state.sessions.get(session)?.graph;
}

export function sessionState(state: CoreState, session: number): SessionState | undefined {
  return state.sessions.get(session)?.state;
}

/** Of all tasks of the session. */
export function taskCounts(state: CoreState, session: number): TaskCounts | undefined {
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return undefined;
  const total = emptyCounts();
  for (let group = 0; group < graph.groups.size; group++) addCounts(total, graph, group);
  return total;
}

/** Of each group of the session, in the order in which they appeared. */
export function groupCounts(state: CoreState, session: number): { name: string; tasks: TaskCounts }[] {
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return [];
  return [...graph.groups].map(([name, group]) => ({ name, tasks: addCounts(emptyCounts(), graph, group) }));
}

export function taskState(state: CoreState, session: number, task: number): TaskState | undefined {
  const graph = graphWithTask(state, session, task);
  if (graph === undefined) return undefined;
  const name = STATE_NAMES[graph.taskState[task]];
  return name === "retracting" ? "assigned" : name;
}

/** Slot of the worker that has or had the task. */
export function taskWorker(state: CoreState, session: number, task: number): number | undefined {
  const worker = graphWithTask(state, session, task)?.worker[task];
  return worker === NONE ? undefined : worker;
}

/** The first tasks that are in one of the given states, at most `limit`. */
export function tasksIn(
  state: CoreState,
  session: number,
  wanted: readonly TaskState[],
  limit: number,
): number[] {
  const found: number[] = [];
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return found;
  const isWanted = STATE_NAMES.map((name) => wanted.includes(name === "retracting" ? "assigned" : name));
  for (let task = 0; task < graph.taskCount && found.length < limit; task++) {
    if (isWanted[graph.taskState[task]]) found.push(task);
  }
  return found;
}

export function objectState(state: CoreState, session: number, object: number): ObjectState | undefined {
  const graph = graphWithObject(state, session, object);
  if (graph === undefined) return undefined;
  const code = graph.objectState[object];
  return OBJECT_STATES[code];
}

/** In bytes, once the object exists. */
export function objectSize(state: CoreState, session: number, object: number): number | undefined {
  const graph = graphWithObject(state, session, object);
  if (graph === undefined) return undefined;
  const code = graph.objectState[object];
  return code === PENDING || code === NEVER ? undefined : graph.size[object];
}

/** Slot of one that has the object for sure; a worker rather than the server. */
export function objectReplica(state: CoreState, session: number, object: number): number | undefined {
  const graph = graphWithObject(state, session, object);
  if (graph === undefined) return undefined;
  let replica: number | undefined;
  for (let entry = graph.replicaHead[object]; entry !== NONE; entry = graph.replicas.next[entry]) {
    if (!isPresent(graph.replicas, entry)) continue;
    replica = slotOf(graph.replicas, entry);
    if (replica !== 0) return replica;
  }
  return replica;
}

/** The task that makes the object; `undefined` for a constant too. */
export function objectProducer(state: CoreState, session: number, object: number): number | undefined {
  const producer = graphWithObject(state, session, object)?.producer[object];
  return producer === NONE ? undefined : producer;
}

export function isKept(state: CoreState, session: number, object: number): boolean {
  return graphWithObject(state, session, object)?.kept[object] === 1;
}

/** Numbers of all kept objects of the session. */
export function keptObjects(state: CoreState, session: number): number[] {
  const kept: number[] = [];
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return kept;
  for (let object = 0; object < graph.objectCount; object++) {
    if (graph.kept[object] === 1) kept.push(object);
  }
  return kept;
}

/** How many tasks a worker has now, of all sessions. */
export function assignedTaskCount(state: CoreState, worker: number): number {
  return state.workers[worker]?.assigned ?? 0;
}

/** How many runs of the task have failed. */
export function failedRuns(state: CoreState, session: number, task: number): number {
  return graphWithTask(state, session, task)?.failures[task] ?? 0;
}

/** The failed task because of which a task was skipped. */
export function skipCause(state: CoreState, session: number, task: number): number | undefined {
  const graph = graphWithTask(state, session, task);
  return graph?.taskState[task] === SKIPPED ? graph.cause[task] : undefined;
}

/** The time, as `step` counts it, of the next run of a task that waits for it. */
export function retryTime(state: CoreState, session: number, task: number): number | undefined {
  return state.sessions.get(session)?.delayed.get(task);
}

/** Ready tasks of one class that no present worker can run. */
export interface BlockedTasks {
  tasks: number;
  /** One of them. */
  example: number;
  /** Of each worker, in order; none when there are no workers. */
  reasons: { worker: number; reason: string }[];
}

/** The ready tasks of the session that wait for a worker which is not there, and why each present one does not do. */
export function blockedTasks(state: CoreState, session: number): BlockedTasks[] {
  return blockedClasses(state, session).map(({ requirements, shared }) => ({
    tasks: shared.tasks.length,
    example: shared.tasks.first,
    reasons: state.workers.flatMap((worker) => {
      if (worker === undefined) return [];
      const reason = unmetRequirements(requirements, worker.profile.capacity, worker.slot).join(", ");
      return [{ worker: worker.slot, reason }];
    }),
  }));
}

/** Why a ready task has not been given to each of the workers, for people; none for a task that is not ready. */
export function workerReasons(
  state: CoreState,
  session: number,
  task: number,
): { worker: number; reason: string }[] {
  const graph = graphWithTask(state, session, task);
  if (graph?.taskState[task] !== READY) return [];
  const taskClass = state.sessions.get(session)!.classes[kindOf(graph, task).class];
  const { requirements } = taskClass;
  return state.workers.flatMap((worker) => {
    if (worker === undefined) return [];
    const reasons = unmetRequirements(requirements, worker.profile.capacity, worker.slot);
    if (reasons.length === 0) reasons.push(busyReason(worker, taskClass));
    return [{ worker: worker.slot, reason: reasons.join(", ") }];
  });
}

/** Of a worker that can run such tasks. */
function busyReason(worker: Worker, taskClass: TaskClass): string {
  if (!canRun(worker, taskClass)) return "it failed there, and another worker can run it";
  const lacking = taskClass.requirements.needs.find(
    ({ resource, amount }) => amount > freeOf(worker, resource),
  );
  if (lacking !== undefined) return `its ${lacking.resource} is in use`;
  return `it has ${counted(worker.assigned, "task")} for ${counted(worker.cpus, "cpu")}`;
}

const counted = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** How many ready tasks of the session no present worker can run. */
export function blockedCount(state: CoreState, session: number): number {
  return blockedClasses(state, session).reduce((sum, { shared }) => sum + shared.tasks.length, 0);
}

/** Seconds that tasks of a type take, by those that have run in any session. */
export function measuredSeconds(state: CoreState): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const { classes } of state.sessions.values()) {
    for (const { measured, requirements, seconds: estimate } of classes) {
      if (measured) seconds.set(requirements.type, Math.max(estimate, seconds.get(requirements.type) ?? 0));
    }
  }
  return seconds;
}

function blockedClasses(state: CoreState, session: number): TaskClass[] {
  const classes = state.sessions.get(session)?.classes ?? [];
  return classes.filter(({ requirements, fits, shared }) => {
    if (shared.tasks.length === 0) return false;
    if (requirements.workers === undefined) return fits.size === 0;
    return ![...requirements.workers].some((slot) => {
      const worker = state.workers[slot];
      return worker !== undefined && fits.has(worker.profile);
    });
  });
}

function graphWithTask(state: CoreState, session: number, task: number): Graph | undefined {
  const graph = state.sessions.get(session)?.graph;
  return graph !== undefined && isBelow(task, graph.taskCount) ? graph : undefined;
}

function graphWithObject(state: CoreState, session: number, object: number): Graph | undefined {
  const graph = state.sessions.get(session)?.graph;
  return graph !== undefined && isBelow(object, graph.objectCount) ? graph : undefined;
}

const isBelow = (number: number, count: number) => Number.isInteger(number) && number >= 0 && number < count;

const emptyCounts = (): TaskCounts => ({
  total: 0,
  waiting: 0,
  ready: 0,
  running: 0,
  finished: 0,
  failed: 0,
});

function addCounts(counts: TaskCounts, graph: Graph, group: number): TaskCounts {
  const row = graph.counts.subarray(group * STATE_COUNT, (group + 1) * STATE_COUNT);
  for (const tasks of row) counts.total += tasks;
  counts.waiting += row[WAITING];
  counts.ready += row[READY] + row[ASSIGNED] + row[RETRACTING];
  counts.running += row[RUNNING];
  counts.finished += row[FINISHED];
  counts.failed += row[FAILED] + row[CANCELLED];
  if (row[SKIPPED] > 0) counts.skipped = (counts.skipped ?? 0) + row[SKIPPED];
  return counts;
}
