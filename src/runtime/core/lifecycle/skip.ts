import { grown, NONE } from "../../collections/columns.ts";
import { FAILED, SKIPPED, WAITING } from "../../model/task-states.ts";
import { type Graph, NEVER, outputsOf, PENDING } from "../data/graph.ts";
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
  abandon(state, session, outputsOf(session.graph, task), task, []);
}

/**
 * Objects are lost and pending again, but the tasks that made them in an earlier run have failed since or
 * were skipped: they will never be made.
 */
export function abandonLost(state: CoreState, session: Session, objects: readonly number[]): void {
  const { graph } = session;
  for (const object of objects) {
    abandon(state, session, [object], causeOf(graph, graph.producer[object]), []);
  }
}

/**
 * Skips a task that waits for an object that will never be made. Answers whether it did; the session may have
 * ended with it.
 */
export function skipIfInputAbandoned(state: CoreState, session: Session, task: number): boolean {
  const { graph } = session;
  if (graph.taskState[task] !== WAITING) return false;
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    const object = graph.inputs[edge];
    if (graph.objectState[object] !== NEVER) continue;
    const cause = causeOf(graph, graph.producer[object]);
    skip(state, session, task, cause);
    abandon(state, session, outputsOf(graph, task), cause, [task]);
    return true;
  }
  return false;
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
 * Marks objects that will never be made, and skips the tasks that wait for them, directly or not. `skipped`
 * lists the tasks that were skipped already.
 */
function abandon(
  state: CoreState,
  session: Session,
  objects: number[],
  cause: number,
  skipped: number[],
): void {
  const { graph } = session;
  for (const object of objects) {
    if (graph.objectState[object] !== PENDING) continue;
    graph.objectState[object] = NEVER;
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
      const consumer = graph.edgeTask[edge];
      if (graph.taskState[consumer] !== WAITING) continue;
      skip(state, session, consumer, cause);
      skipped.push(consumer);
      for (const output of outputsOf(graph, consumer)) objects.push(output);
    }
  }
  if (skipped.length > 0) {
    const tasks = Uint32Array.from(skipped);
    state.effects.push({ kind: "tasksSkipped", session: session.id, cause, tasks });
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
