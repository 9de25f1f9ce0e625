import { grown, NONE } from "../../collections/columns.ts";
import { FAILED, SKIPPED, WAITING } from "../../model/task-states.ts";
import { type Graph, NEVER, outputsOf, PENDING } from "../data/graph.ts";
import { missingPredecessors, waitingSuccessors } from "../data/order.ts";
import type { CoreState, Session } from "../data/state.ts";
import { flushDrops, releaseIfUnneeded } from "../objects/release.ts";
import { transition } from "../scheduling/transitions.ts";

/*
 * In a session that continues on failure, tasks that need outputs of a failed task are skipped, and so are
 * the tasks that need theirs. A worker that was given such a task early is asked for it first, and the task
 * is skipped when it comes back.
 */

/** The missing outputs of a failed task will never be made. */
export function abandonOutputs(state: CoreState, session: Session, task: number): void {
  abandon(state, session, { objects: outputsOf(session.graph, task), tasks: [task] }, task, []);
}

/**
 * Objects are lost and pending again, but the tasks that made them in an earlier run have failed since or
 * were skipped: they will never be made.
 */
export function abandonLost(state: CoreState, session: Session, objects: readonly number[]): void {
  const { graph } = session;
  for (const object of objects) {
    abandon(state, session, { objects: [object], tasks: [] }, causeOf(graph, graph.producer[object]), []);
  }
}

/**
 * Skips a task that waits for an object that will never be made, or for a predecessor that will never finish.
 * Answers whether it did; the session may have ended with it.
 */
export function skipIfInputAbandoned(state: CoreState, session: Session, task: number): boolean {
  const { graph } = session;
  if (graph.taskState[task] !== WAITING) return false;
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    const object = graph.inputs[edge];
    if (graph.objectState[object] !== NEVER) continue;
    skipWithOthers(state, session, task, causeOf(graph, graph.producer[object]));
    return true;
  }
  for (const predecessor of missingPredecessors(graph, task)) {
    if (!hasFailedOrSkipped(graph.taskState[predecessor])) continue;
    skipWithOthers(state, session, task, causeOf(graph, predecessor));
    return true;
  }
  return false;
}

function skipWithOthers(state: CoreState, session: Session, task: number, cause: number): void {
  skip(state, session, task, cause);
  abandon(state, session, { objects: outputsOf(session.graph, task), tasks: [task] }, cause, [task]);
}

/** The task no longer needs its inputs. */
export function releaseInputs(state: CoreState, session: Session, task: number): void {
  const { graph } = session;
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    graph.needed[graph.inputs[edge]]--;
    releaseIfUnneeded(state, session, graph.inputs[edge]);
  }
}

/** The failed task that caused a task to fail or to be skipped. */
export function causeOf(graph: Graph, task: number): number {
  return graph.taskState[task] === SKIPPED ? graph.cause[task] : task;
}

/** Whether a task in this state has ended without finishing, and will not run again. */
export const hasFailedOrSkipped = (state: number) => state === FAILED || state === SKIPPED;

/**
 * Marks objects that will never be made, and skips the tasks that wait for them, directly or not, or for `tasks`, which have
 * failed or were skipped. `skipped`
 * lists the tasks that were skipped already.
 */
function abandon(
  state: CoreState,
  session: Session,
  { objects, tasks }: { objects: number[]; tasks: number[] },
  cause: number,
  skipped: number[],
): void {
  const { graph } = session;
  const skipNext = (task: number) => {
    if (graph.taskState[task] !== WAITING) return;
    skip(state, session, task, cause);
    skipped.push(task);
    tasks.push(task);
  };
  // Both lists grow while they are read.
  for (let nextTask = 0, nextObject = 0; nextTask < tasks.length || nextObject < objects.length; ) {
    if (nextTask < tasks.length) {
      const task = tasks[nextTask++];
      for (const successor of waitingSuccessors(graph, task)) skipNext(successor);
      if (graph.taskState[task] === SKIPPED)
        for (const output of outputsOf(graph, task)) objects.push(output);
      continue;
    }
    const object = objects[nextObject++];
    if (graph.objectState[object] !== PENDING) continue;
    graph.objectState[object] = NEVER;
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge])
      skipNext(graph.edgeTask[edge]);
  }
  if (skipped.length > 0) {
    const all = Uint32Array.from(skipped);
    state.effects.push({ kind: "tasksSkipped", session: session.id, cause, tasks: all });
  }
  // All objects dropped between two flushes must belong to one session.
  flushDrops(state);
}

/** waiting → skipped. */
function skip(state: CoreState, session: Session, task: number, cause: number): void {
  const { graph } = session;
  transition(state, session, task, SKIPPED);
  graph.cause = grown(graph.cause, graph.taskCount);
  graph.cause[task] = cause;
  releaseInputs(state, session, task);
}
