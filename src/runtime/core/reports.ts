import { enqueueShared, learn } from "./classes.ts";
import { NONE } from "./column.ts";
import { recallEarly } from "./early.ts";
import type { Event } from "./events.ts";
import { isNeeded, kindOf, PRESENT } from "./graph.ts";
import { addHolder, markPresent } from "./holders.ts";
import { letGo, start } from "./load.ts";
import { releaseIfUnneeded } from "./objects.ts";
import { makeReady } from "./placement.ts";
import { failSession, updateSession } from "./sessions.ts";
import type { CoreState, Session, TaskClass, Worker } from "./state.ts";
import { ASSIGNED, FAILED, FINISHED, isHeld, READY, RETRACTING, WAITING } from "./task-state.ts";

type Report<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/*
 * What workers report. A report may be late (the session is closed, the task was cancelled) or nonsense:
 * whatever does not match the state is ignored.
 */

export function tasksStarted(state: CoreState, report: Report<"tasksStarted">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined) return;
  const { taskState, remaining } = session.graph;
  for (const task of report.tasks) {
    if (!hasTask(session, worker, task) || remaining[task] > 0) continue;
    if (taskState[task] !== ASSIGNED && taskState[task] !== RETRACTING) continue;
    start(state, worker, classOf(session, task), task);
    recallEarly(state, session, task);
  }
}

export function tasksFinished(state: CoreState, report: Report<"tasksFinished">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined) return;
  const { graph } = session;
  const finished = state.numbers;
  let nextSize = 0;
  for (let i = 0; i < report.tasks.length; i++) {
    const task = report.tasks[i];
    if (task >= graph.taskCount) continue;
    const { outputs } = kindOf(graph, task);
    if (hasTask(session, worker, task) && graph.remaining[task] === 0) {
      learn(classOf(session, task), report.durations[i]);
      finishTask(state, session, worker, task);
      for (let n = 0; n < outputs; n++) {
        storeOutput(state, session, worker, graph.firstOutput[task] + n, report.sizes[nextSize + n]);
      }
      finished.push(task);
    }
    nextSize += outputs;
  }
  if (finished.length === 0) return;
  state.effects.push({
    kind: "tasksFinished",
    session: session.id,
    worker: worker.slot,
    tasks: finished.take(),
  });
  updateSession(state, session);
}

export function taskFailed(state: CoreState, report: Report<"taskFailed">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined || !hasTask(session, worker, report.task)) return;
  const { task } = report;
  const { graph } = session;
  const isLast = graph.failures[task] >= kindOf(graph, task).retries;
  if (!isLast) {
    graph.failures[task]++;
    release(state, session, worker, task);
    state.effects.push({ kind: "taskRetried", session: session.id, task });
    return;
  }
  letGo(state, worker, classOf(session, task), task, FAILED);
  failSession(state, session, { kind: "task", task });
}

/**
 * Returned tasks are ready for whoever is idle, not for the worker that has their inputs: it has just given
 * them away.
 */
export function tasksReturned(state: CoreState, report: Report<"tasksReturned">): void {
  const session = state.sessions.get(report.session);
  const worker = state.workers[report.worker];
  if (session === undefined || worker === undefined) return;
  const { graph } = session;
  for (const task of report.tasks) {
    if (!hasTask(session, worker, task) || graph.taskState[task] !== RETRACTING) continue;
    release(state, session, worker, task);
  }
}

/** The worker has the task no more: it is ready for any, unless it came early and its inputs still do not exist. */
function release(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  const taskClass = classOf(session, task);
  const isReady = graph.remaining[task] === 0;
  letGo(state, worker, taskClass, task, isReady ? READY : WAITING);
  graph.worker[task] = NONE;
  if (isReady) enqueueShared(state, taskClass, task);
  recallEarly(state, session, task);
}

/** Whether the worker has the task, as far as we know. The number may be anything. */
function hasTask({ graph }: Session, worker: Worker, task: number): boolean {
  return task < graph.taskCount && graph.worker[task] === worker.slot && isHeld(graph.taskState[task]);
}

function classOf(session: Session, task: number): TaskClass {
  return session.classes[kindOf(session.graph, task).class];
}

/** The task is over, and the worker has its inputs. */
function finishTask(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  letGo(state, worker, classOf(session, task), task, FINISHED);
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    const object = graph.inputs[edge];
    graph.needed[object]--;
    if (isNeeded(graph, object)) markPresent(graph, object, worker.slot);
    else releaseIfUnneeded(state, session, object);
  }
}

/** The object exists, which may make tasks ready. */
function storeOutput(state: CoreState, session: Session, worker: Worker, object: number, size: number): void {
  const { graph } = session;
  graph.size[object] = size >= 0 && Number.isFinite(size) ? size : 0;
  graph.objectState[object] = PRESENT;
  addHolder(graph, object, worker.slot, true);
  releaseIfUnneeded(state, session, object);
  for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
    const consumer = graph.edgeTask[edge];
    if (--graph.remaining[consumer] === 0 && graph.taskState[consumer] === WAITING) {
      makeReady(state, session, consumer);
    }
  }
}
