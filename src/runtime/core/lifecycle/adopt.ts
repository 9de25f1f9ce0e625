import { NONE, NumberList } from "../../collections/columns.ts";
import { FINISHED, isAssigned, isOver, READY, WAITING } from "../../model/task-states.ts";
import { type Graph, isNeeded, outputsOf, PENDING, PRESENT, RELEASED } from "../data/graph.ts";
import { finishPredecessor } from "../data/order.ts";
import type { CoreState, Session } from "../data/state.ts";
import type { Inventory } from "../events.ts";
import { noteDrop } from "../objects/racing-drops.ts";
import { drop, releaseIfUnneeded } from "../objects/release.ts";
import { addReplica, findReplica, markPresent } from "../objects/replicas.ts";
import { canRun } from "../queues/resource-queues.ts";
import { classOf } from "../queues/task-classes.ts";
import { assign, start } from "../scheduling/assign.ts";
import { makeReady, objectArrived } from "../scheduling/readiness.ts";
import { transition } from "../scheduling/transitions.ts";

/**
 * Counts the objects that a rejoining worker has. A task that no worker has is finished if all of its outputs
 * that are needed exist, or if it has none and the worker says so.
 */
export function adoptObjects(
  state: CoreState,
  session: Session,
  slot: number,
  { objects, sizes, finished }: Pick<Inventory, "objects" | "sizes" | "finished">,
): void {
  const { graph } = session;
  const reportedSizes = new Map<number, number>();
  const candidates = new Set(finished.filter((task) => task < graph.taskCount));
  for (const [i, object] of objects.entries()) {
    if (object >= graph.objectCount) continue;
    reportedSizes.set(object, sizes[i]);
    if (graph.producer[object] !== NONE) candidates.add(graph.producer[object]);
  }
  const found = new NumberList();
  // Earlier tasks come first: finishing a task may mean that outputs of earlier ones are no longer needed.
  for (const task of [...candidates].sort((one, other) => one - other)) {
    if (isOver(graph.taskState[task]) || isAssigned(graph.taskState[task])) continue;
    const isMissing = (object: number) => !existsOrUnneeded(graph, object) && !reportedSizes.has(object);
    if (outputsOf(graph, task).some(isMissing)) continue;
    finishUnrun(state, session, task);
    for (const successor of finishPredecessor(graph, task)) makeReady(state, session, successor);
    graph.worker[task] = slot;
    found.push(task);
  }
  for (const [object, size] of reportedSizes) adoptObject(state, session, slot, object, size);
  if (found.length > 0) {
    state.effects.push({ kind: "tasksFound", session: session.id, worker: slot, tasks: found.take() });
  }
}

/** waiting, ready → finished, without a run. Its outputs do not exist yet. */
export function finishUnrun(state: CoreState, session: Session, task: number): void {
  const { graph } = session;
  transition(state, session, task, FINISHED);
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    const object = graph.inputs[edge];
    graph.needed[object]--;
    releaseIfUnneeded(state, session, object);
    releaseIfMissing(graph, object);
  }
  for (const object of outputsOf(graph, task)) releaseIfMissing(graph, object);
}

/** Releases an output of a finished task that no worker has and nothing needs. */
function releaseIfMissing(graph: Graph, object: number): void {
  if (graph.objectState[object] !== PENDING || isNeeded(graph, object)) return;
  if (graph.taskState[graph.producer[object]] === FINISHED) graph.objectState[object] = RELEASED;
}

function existsOrUnneeded(graph: Graph, object: number): boolean {
  return graph.objectState[object] === PRESENT || !isNeeded(graph, object);
}

function adoptObject(state: CoreState, session: Session, slot: number, object: number, size: number): void {
  const { graph } = session;
  const producer = graph.producer[object];
  if (graph.objectState[object] === PENDING && graph.taskState[producer] === FINISHED) {
    graph.size[object] = size >= 0 && Number.isFinite(size) ? size : 0;
    objectArrived(state, session, slot, object);
  } else if (graph.objectState[object] === PRESENT) {
    if (findReplica(graph, object, slot) === NONE) addReplica(graph, object, slot, true);
    else markPresent(graph, object, slot);
  } else {
    drop(state, session, slot, object);
  }
}

/**
 * Lets a rejoining worker go on with the tasks that it still runs, unless they are over or assigned to
 * another worker. It is told to abort the others.
 */
export function adoptTasks(
  state: CoreState,
  session: Session,
  slot: number,
  { objects, running }: Pick<Inventory, "objects" | "running">,
): void {
  const { graph } = session;
  const worker = state.workers[slot];
  const refused = new NumberList();
  for (const task of running) {
    if (worker === undefined || task >= graph.taskCount) continue;
    const taskState = graph.taskState[task];
    const isFree = taskState === READY || (taskState === WAITING && graph.remaining[task] === 0);
    const taskClass = isFree ? classOf(session, task) : undefined;
    if (taskClass === undefined || !canRun(worker, taskClass)) {
      refused.push(task);
      session.abortedTasks.add(`${slot} ${task}`);
      continue;
    }
    assign(state, worker, taskClass, task);
    start(state, worker, taskClass, task);
    // The worker was just told to drop these objects, and the task makes them again.
    for (const object of outputsOf(graph, task)) {
      if (objects.includes(object) && findReplica(graph, object, slot) === NONE)
        noteDrop(session, slot, object);
    }
  }
  if (refused.length > 0) {
    state.effects.push({ kind: "abort", worker: slot, session: session.id, tasks: refused.take() });
  }
}
