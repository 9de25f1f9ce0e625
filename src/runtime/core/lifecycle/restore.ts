import { NONE } from "../../collections/columns.ts";
import { FAILED, FINISHED, isOver, WAITING } from "../../model/task-states.ts";
import { isNeeded, PENDING, RELEASED } from "../data/graph.ts";
import { finishPredecessor } from "../data/order.ts";
import type { CoreState, Session } from "../data/state.ts";
import type { RestoredSession } from "../events.ts";
import { recompute } from "../objects/lineage.ts";
import { flushDrops, releaseIfUnneeded, unkeep } from "../objects/release.ts";
import { dequeueStale } from "../queues/task-classes.ts";
import { makeReady } from "../scheduling/readiness.ts";
import { transition } from "../scheduling/transitions.ts";
import { adoptObjects, adoptTasks, finishUnrun } from "./adopt.ts";
import { delayRetry } from "./retry-delays.ts";
import { endRestored, openSession, updateSession } from "./sessions.ts";
import { abandonOutputs, releaseInputs } from "./skip.ts";
import { appendChunk } from "./submit.ts";

/**
 * Opens a session as it was before a server restart. Finished tasks stay finished if rejoined workers or the
 * server have the outputs that are still needed; the others run again.
 */
export function restoreSession(state: CoreState, id: number, restored: RestoredSession): void {
  openSession(state, id, restored.onFailure === "continue");
  const session = state.sessions.get(id)!;
  session.sealed = restored.sealed;
  for (const chunk of restored.chunks) appendChunk(state, session, chunk);
  enterHistory(state, session, restored);
  if (restored.ended !== undefined) {
    endRestored(state, session, restored.ended);
    return;
  }
  const { inventories } = restored;
  for (const [slot, inventory] of inventories) {
    session.participants.add(slot);
    adoptObjects(state, session, slot, inventory);
  }
  for (const [slot, inventory] of inventories) adoptTasks(state, session, slot, inventory);
  dequeueStale(session);
  recompute(state, session, releaseLost(session));
  const { graph } = session;
  for (let object = 0; object < graph.objectCount; object++) releaseIfUnneeded(state, session, object);
  for (let task = 0; task < graph.taskCount; task++) {
    if (graph.taskState[task] === WAITING && graph.remaining[task] === 0) makeReady(state, session, task);
  }
  flushDrops(state);
  updateSession(state, session);
}

/** Applies the recorded facts about its tasks. No worker has any of them yet. */
function enterHistory(state: CoreState, session: Session, restored: RestoredSession): void {
  const { graph } = session;
  unkeep(state, session, restored.unkept);
  for (const task of restored.finished) {
    finishUnrun(state, session, task);
    // Tasks become ready when everything is restored.
    finishPredecessor(graph, task);
  }
  for (const task of restored.failed) enterFailure(state, session, task);
  for (const [task, times, seconds = 0] of restored.failures) {
    graph.failures[task] = times;
    if (seconds > 0 && graph.taskState[task] === WAITING) delayRetry(state, session, task, seconds);
  }
  for (let object = 0; object < graph.objectCount; object++) {
    if (graph.producer[object] !== NONE && restored.sizes[object] >= 0)
      graph.size[object] = restored.sizes[object];
  }
}

/** The tasks skipped because of the failure are skipped again, without an effect: that was recorded before. */
function enterFailure(state: CoreState, session: Session, task: number): void {
  transition(state, session, task, FAILED);
  session.hasFailures = true;
  if (!session.continuesOnFailure) return;
  releaseInputs(state, session, task);
  abandonOutputs(state, session, task);
  state.effects = state.effects.filter(({ kind }) => kind !== "tasksSkipped");
}

/**
 * Releases the outputs of finished tasks that no worker has. Returns those that are needed, for `recompute`.
 */
function releaseLost({ graph }: Session): number[] {
  const lost: number[] = [];
  for (let object = 0; object < graph.objectCount; object++) {
    if (graph.objectState[object] !== PENDING || graph.taskState[graph.producer[object]] !== FINISHED)
      continue;
    graph.objectState[object] = RELEASED;
    if (!isNeeded(graph, object)) continue;
    lost.push(object);
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
      const consumer = graph.edgeTask[edge];
      if (!isOver(graph.taskState[consumer])) graph.remaining[consumer]--;
    }
  }
  return lost;
}
