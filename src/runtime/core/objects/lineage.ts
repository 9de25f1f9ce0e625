import { NONE } from "../../collections/columns.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import { ASSIGNED, FINISHED, isOver, READY, WAITING } from "../../model/task-states.ts";
import { type Graph, isNeeded, NEVER, PENDING, PRESENT, RELEASED } from "../data/graph.ts";
import { missingPredecessors } from "../data/order.ts";
import type { CoreState, Session } from "../data/state.ts";
import { hasEnded, updateSession } from "../lifecycle/sessions.ts";
import { abandonLost, hasFailedOrSkipped, skipIfInputAbandoned } from "../lifecycle/skip.ts";
import { dequeueStale, reviveClasses } from "../queues/task-classes.ts";
import { makeReady } from "../scheduling/readiness.ts";
import { retract } from "../scheduling/retract.ts";
import { transition } from "../scheduling/transitions.ts";
import { dropEverywhere, flushDrops } from "./release.ts";
import { addReplica, hasReplica } from "./replicas.ts";

/**
 * Makes lost objects again if they are needed: restarts the tasks that made them, and those that made lost
 * inputs of these, as far back as necessary. Constants stay on the server as long as the session.
 */
export function recompute(state: CoreState, session: Session, objects: Iterable<number>): void {
  const { graph } = session;
  const lost: number[] = [];
  for (const object of objects) if (isNeeded(graph, object) && isGone(graph, object)) lost.push(object);
  if (lost.length === 0) return;
  if (hasEnded(session)) reviveClasses(state, session);
  const restarted: number[] = [];
  /** Lost objects whose tasks have failed since or were skipped. */
  const abandoned: number[] = [];
  const toRetract = new Set<number>();
  let isStale = false;
  for (let object = lost.pop(); object !== undefined; object = lost.pop()) {
    if (!isGone(graph, object)) continue;
    dropEverywhere(state, session, object);
    graph.objectState[object] = PENDING;
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
      const consumer = graph.edgeTask[edge];
      const taskState = graph.taskState[consumer];
      if (isOver(taskState)) continue;
      graph.remaining[consumer]++;
      if (taskState === READY) {
        transition(state, session, consumer, WAITING);
        isStale = true;
      } else if (taskState === ASSIGNED) {
        toRetract.add(consumer);
      }
    }
    const producer = graph.producer[object];
    if (hasFailedOrSkipped(graph.taskState[producer])) abandoned.push(object);
    if (graph.taskState[producer] !== FINISHED) continue;
    restart(state, session, producer, lost);
    restarted.push(producer);
  }
  if (isStale) dequeueStale(session);
  retract(state, session, toRetract);
  flushDrops(state);
  if (restarted.length > 0) {
    state.effects.push({ kind: "tasksRestarted", session: session.id, tasks: Uint32Array.from(restarted) });
  }
  if (session.hasFailures) {
    abandonLost(state, session, abandoned);
    for (const task of restarted) {
      if (skipIfInputAbandoned(state, session, task)) updateSession(state, session);
    }
  }
  for (const task of restarted) {
    if (graph.remaining[task] === 0 && graph.taskState[task] === WAITING) makeReady(state, session, task);
  }
  updateSession(state, session);
}

/** finished → waiting. Adds the inputs of the task that no longer exist to `lost`. */
function restart(state: CoreState, session: Session, task: number, lost: number[]): void {
  const { graph } = session;
  transition(state, session, task, WAITING);
  graph.worker[task] = NONE;
  graph.remaining[task] = missingPredecessors(graph, task).length;
  session.delayed.delete(task);
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    const object = graph.inputs[edge];
    graph.needed[object]++;
    const objectState = graph.objectState[object];
    if (objectState === PENDING || objectState === NEVER) graph.remaining[task]++;
    else if (graph.producer[object] === NONE) restoreConstant(graph, object);
    else if (isGone(graph, object)) lost.push(object);
  }
}

function restoreConstant(graph: Graph, object: number): void {
  if (graph.objectState[object] !== RELEASED) return;
  graph.objectState[object] = PRESENT;
  addReplica(graph, object, SERVER_SLOT, true);
}

/** Whether the object existed and no replica is left. */
function isGone(graph: Graph, object: number): boolean {
  const objectState = graph.objectState[object];
  return objectState === RELEASED || (objectState === PRESENT && !hasReplica(graph, object));
}
