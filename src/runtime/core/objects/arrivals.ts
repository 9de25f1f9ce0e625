import { NONE } from "../data/column.ts";
import { PENDING, PRESENT } from "../data/graph.ts";
import type { CoreState, Session } from "../data/state.ts";
import { isOver, WAITING } from "../data/task-state.ts";
import { makeReady } from "../scheduling/placement.ts";
import { releaseIfUnneeded } from "./release.ts";
import { addReplica, findReplica, markPresent } from "./replicas.ts";

/** A worker has the object. If it did not exist, this may make tasks ready; if nothing needs it, the worker is told to drop it. */
export function objectArrived(state: CoreState, session: Session, slot: number, object: number): void {
  const { graph } = session;
  const isNew = graph.objectState[object] === PENDING;
  graph.objectState[object] = PRESENT;
  if (findReplica(graph, object, slot) === NONE) addReplica(graph, object, slot, true);
  else markPresent(graph, object, slot);
  releaseIfUnneeded(state, session, object);
  if (!isNew) return;
  for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
    const consumer = graph.edgeTask[edge];
    if (isOver(graph.taskState[consumer])) continue;
    if (--graph.remaining[consumer] === 0 && graph.taskState[consumer] === WAITING) {
      makeReady(state, session, consumer);
    }
  }
}
