import { NONE } from "../../collections/columns.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import { ASSIGNED, FINISHED, isAssigned, RETRACTING, RUNNING } from "../../model/task-states.ts";
import { isEarly, isNeeded, kindOf, outputsOf, PRESENT } from "../data/graph.ts";
import { finishPredecessor } from "../data/order.ts";
import type { CoreState, Session, Worker } from "../data/state.ts";
import type { Event } from "../events.ts";
import { recompute } from "../objects/lineage.ts";
import { takeRacingDrops } from "../objects/racing-drops.ts";
import { drop, releaseIfUnneeded } from "../objects/release.ts";
import { addReplica, findReplica, markPresent, removeReplica } from "../objects/replicas.ts";
import { classOf, learn } from "../queues/task-classes.ts";
import { start, unassign } from "../scheduling/assign.ts";
import { makeReady, objectArrived } from "../scheduling/readiness.ts";
import { retract, retractEarly } from "../scheduling/retract.ts";
import { countCrash, failByCrashes, failRun, requeue } from "./failure.ts";
import { updateSession } from "./sessions.ts";

type Report<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/*
 * Reports of workers. A report may be late (the session is closed, the task was cancelled) or wrong: whatever
 * does not match the state is ignored.
 */

export function tasksStarted(state: CoreState, report: Report<"tasksStarted">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined) return;
  const { taskState } = session.graph;
  for (const task of report.tasks) {
    if (!hasTask(session, worker, task) || isEarly(session.graph, task)) continue;
    if (taskState[task] !== ASSIGNED && taskState[task] !== RETRACTING) continue;
    start(state, worker, classOf(session, task), task);
    retractEarly(state, session, task);
  }
}

export function tasksFinished(state: CoreState, report: Report<"tasksFinished">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined) return;
  const { graph } = session;
  const finished = state.finishedTasks;
  let nextSize = 0;
  for (let i = 0; i < report.tasks.length; i++) {
    const task = report.tasks[i];
    if (task >= graph.taskCount) continue;
    const { outputs } = kindOf(graph, task);
    if (hasTask(session, worker, task) && !isEarly(graph, task)) {
      learn(classOf(session, task), report.durations[i]);
      finishTask(state, session, worker, task);
      for (let n = 0; n < outputs; n++) {
        storeOutput(state, session, worker, graph.firstOutput[task] + n, report.sizes[nextSize + n]);
      }
      finished.push(task);
    } else if (session.participants.has(worker.slot) && !hasTask(session, worker, task)) {
      dropUnwanted(state, session, worker, task);
    }
    nextSize += outputs;
  }
  if (finished.length === 0) return;
  const tasks = finished.take();
  for (const object of report.copies ?? []) keepCopy(state, session, worker, object);
  state.effects.push({ kind: "tasksFinished", session: session.id, worker: worker.slot, tasks });
  if (session.racingDrops.size > 0) recomputeRacingDrops(state, session, worker, tasks);
  if (session.abortedTasks.size > 0) abortSecondRuns(state, session, worker, tasks);
  updateSession(state, session);
}

export function taskFailed(state: CoreState, report: Report<"taskFailed">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined || !hasTask(session, worker, report.task)) return;
  failRun(state, session, worker, report.task);
}

/**
 * Returned tasks become ready for any worker, not for the one that has their inputs: it has just given them
 * back.
 */
export function tasksReturned(state: CoreState, report: Report<"tasksReturned">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined) return;
  const { graph } = session;
  for (const task of report.tasks) {
    if (!hasTask(session, worker, task) || graph.taskState[task] !== RETRACTING) continue;
    requeue(state, session, worker, task);
  }
}

/**
 * Objects could not be fetched from their sources. A worker that tried gives back the tasks that need them; a
 * task to which this happens repeatedly fails.
 */
export function objectsMissing(state: CoreState, report: Report<"objectsMissing">): void {
  const session = state.sessions.get(report.session);
  if (session === undefined) return;
  const { graph } = session;
  const { objects, sources, by } = report;
  const worker = by && state.workers[by.worker];
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i];
    if (object >= graph.objectCount) continue;
    const source = state.workers[sources[i]];
    if (source !== undefined) withdraw(state, session, source, object);
    // The worker may have been given another source meanwhile.
    if (worker !== undefined) withdraw(state, session, worker, object);
  }
  if (by !== undefined && worker !== undefined) {
    // Of a worker's own objects, it may find out only while a task runs.
    requeueWithoutInputs(state, session, worker, by.tasks, sources.includes(worker.slot));
  }
  recompute(state, session, objects);
}

/**
 * Tells a worker that has or expects the object to drop it, and asks it to give back the tasks that need the
 * object.
 */
function withdraw(state: CoreState, session: Session, worker: Worker, object: number): void {
  const { graph } = session;
  if (!removeReplica(graph, object, worker.slot)) return;
  drop(state, session, worker.slot, object);
  const consumers = new Set<number>();
  for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
    const task = graph.edgeTask[edge];
    if (graph.taskState[task] === ASSIGNED && graph.worker[task] === worker.slot) consumers.add(task);
  }
  retract(state, session, consumers);
}

function requeueWithoutInputs(
  state: CoreState,
  session: Session,
  worker: Worker,
  tasks: Uint32Array,
  evenRunning: boolean,
): void {
  const { graph } = session;
  for (const task of tasks) {
    if (!hasTask(session, worker, task)) continue;
    if (graph.taskState[task] === RUNNING && !evenRunning) continue;
    if (countCrash(graph, task)) {
      failByCrashes(state, session, worker, task);
      continue;
    }
    requeue(state, session, worker, task);
  }
}

/** The worker finished a task before it was told to abort it: the outputs are not wanted. */
function dropUnwanted(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  for (const object of outputsOf(graph, task)) {
    if (findReplica(graph, object, worker.slot) === NONE) drop(state, session, worker.slot, object);
  }
}

/**
 * Aborts second runs of finished tasks. A worker was told to abort a task and then given it again, and only
 * then did its report of the first run arrive.
 */
function abortSecondRuns(state: CoreState, session: Session, worker: Worker, finished: Uint32Array): void {
  const tasks = finished.filter((task) => session.abortedTasks.delete(`${worker.slot} ${task}`));
  if (tasks.length === 0) return;
  state.effects.push({ kind: "abort", worker: worker.slot, session: session.id, tasks });
}

/**
 * Outputs that the worker may have dropped right after it made them are dropped for certain, and made again
 * if they are needed.
 */
function recomputeRacingDrops(state: CoreState, session: Session, worker: Worker, tasks: Uint32Array): void {
  const lost: number[] = [];
  for (const task of tasks) lost.push(...takeRacingDrops(session, worker.slot, task));
  for (const object of lost) withdraw(state, session, worker, object);
  recompute(state, session, lost);
}

/** Whether the worker has the task, according to the state. The number may be out of range. */
function hasTask({ graph }: Session, worker: Worker, task: number): boolean {
  return task < graph.taskCount && graph.worker[task] === worker.slot && isAssigned(graph.taskState[task]);
}

/** The task has finished, so the worker has its inputs. */
function finishTask(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  unassign(state, worker, classOf(session, task), task, FINISHED);
  for (const successor of finishPredecessor(graph, task)) makeReady(state, session, successor);
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    const object = graph.inputs[edge];
    graph.needed[object]--;
    if (isNeeded(graph, object)) markPresent(graph, object, worker.slot);
    else releaseIfUnneeded(state, session, object);
  }
}

/**
 * The server has a copy of an object that the worker has reported. The server drops copies of any other
 * object.
 */
function keepCopy(state: CoreState, session: Session, worker: Worker, object: number): void {
  const { graph } = session;
  if (object >= graph.objectCount || findReplica(graph, object, SERVER_SLOT) !== NONE) return;
  if (graph.objectState[object] === PRESENT && findReplica(graph, object, worker.slot) !== NONE) {
    session.participants.add(SERVER_SLOT);
    addReplica(graph, object, SERVER_SLOT, true);
  } else {
    drop(state, session, SERVER_SLOT, object);
  }
}

function storeOutput(state: CoreState, session: Session, worker: Worker, object: number, size: number): void {
  session.graph.size[object] = size >= 0 && Number.isFinite(size) ? size : 0;
  objectArrived(state, session, worker.slot, object);
}
