import { NONE } from "../../collections/columns.ts";
import { ASSIGNED, WAITING } from "../../model/task-states.ts";
import { takeFresh } from "../data/assignments.ts";
import { type Graph, kindOf, PRESENT } from "../data/graph.ts";
import { missingPredecessors } from "../data/order.ts";
import {
  type CoreState,
  SATURATED,
  type Session,
  sessionOf,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { findReplica } from "../objects/replicas.ts";
import { canRun } from "../queues/resource-queues.ts";
import { classOf } from "../queues/task-classes.ts";
import { assignAndSend } from "./batches.ts";
import { loadLevelOf } from "./load.ts";

/*
 * A task is assigned early if some of its inputs do not exist yet and all of these are to be made by tasks of
 * the same worker. So a worker runs a chain of short tasks without waiting for the server in between.
 */

/**
 * Only tasks shorter than this are assigned early. For longer ones the round trip to the server does not
 * matter.
 */
const SHORT_SECONDS = 0.01;
/** Tasks with more inputs than this are not examined. */
const MAX_INPUTS = 16;
/** A task with a larger input on another worker is not assigned early. In bytes. */
const SMALL_BYTES = 64 << 10;

/**
 * Assigns early tasks to a worker that is not saturated although no more tasks are ready. Considers the
 * consumers of its tasks that have not started. Each task is examined once.
 */
export function assignEarly(state: CoreState, worker: Worker): void {
  const [cpuQueue] = worker.queues;
  while (loadLevelOf(worker, cpuQueue) !== SATURATED) {
    const entry = worker.unstarted.fresh;
    if (entry === NONE) return;
    const session = sessionOf(state, entry);
    const task = state.assignments.task[entry];
    // The duration of a class is unknown until its first task has ended.
    if (!classOf(session, task).measured) return;
    takeFresh(state.assignments, worker.unstarted);
    if (isShort(session, task)) assignConsumers(state, worker, session, task);
  }
}

function assignConsumers(state: CoreState, worker: Worker, session: Session, task: number): void {
  const { graph } = session;
  const first = graph.firstOutput[task];
  const end = first + kindOf(graph, task).outputs;
  for (let object = first; object < end; object++) {
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
      if (loadLevelOf(worker, worker.queues[0]) === SATURATED) return;
      state.work++;
      const consumer = graph.edgeTask[edge];
      const taskClass = classOf(session, consumer);
      if (canAssignEarly(worker, taskClass, consumer)) assignAndSend(state, worker, taskClass, consumer);
    }
  }
}

function canAssignEarly(worker: Worker, taskClass: TaskClass, task: number): boolean {
  const { session } = taskClass;
  const { graph } = session;
  const first = graph.inputStart[task];
  const end = graph.inputStart[task + 1];
  if (graph.taskState[task] !== WAITING || end - first > MAX_INPUTS) return false;
  // The task may wait for a time, and a failed task should not run unobserved.
  if (graph.failures[task] > 0) return false;
  if (taskClass.seconds > SHORT_SECONDS || taskClass.hasNeeds || !canRun(worker, taskClass)) return false;
  if (isOutranked(worker, taskClass) || missingPredecessors(graph, task).length > 0) return false;
  for (let edge = first; edge < end; edge++) {
    const object = graph.inputs[edge];
    const exists = graph.objectState[object] === PRESENT;
    if (!(exists ? isNear(graph, worker, object) : isAboutToBeMade(session, worker, object))) return false;
  }
  return true;
}

/** Whether a task of a higher priority is ready, even if its inputs are on another worker. */
function isOutranked(worker: Worker, taskClass: TaskClass): boolean {
  const { top } = worker.queues[0].resourceQueue.stealable;
  return top !== undefined && top.priority > taskClass.requirements.priority;
}

/** Whether the worker has the object, expects it, or can fetch it quickly. */
function isNear(graph: Graph, worker: Worker, object: number): boolean {
  return graph.size[object] <= SMALL_BYTES || findReplica(graph, object, worker.slot) !== NONE;
}

/** Whether the worker will soon make the object. */
function isAboutToBeMade(session: Session, worker: Worker, object: number): boolean {
  const { graph } = session;
  const task = graph.producer[object];
  return graph.taskState[task] === ASSIGNED && graph.worker[task] === worker.slot && isShort(session, task);
}

const isShort = (session: Session, task: number) => classOf(session, task).seconds <= SHORT_SECONDS;
