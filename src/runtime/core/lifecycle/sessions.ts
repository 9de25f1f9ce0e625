import { NONE } from "../../collections/columns.ts";
import type { SessionState } from "../../model/session-states.ts";
import { CANCELLED, isAssigned, isOver } from "../../model/task-states.ts";
import { CoreError } from "../core-error.ts";
import { createReplicas, kindOf, RELEASED } from "../data/graph.ts";
import { type CoreState, createSession, type Session } from "../data/state.ts";
import { discardClasses } from "../queues/task-classes.ts";
import { unassign } from "../scheduling/assign.ts";
import { transition } from "../scheduling/transitions.ts";

export function openSession(state: CoreState, id: number, continuesOnFailure: boolean): void {
  if (state.sessions.has(id)) throw new CoreError(`session ${id} already exists`);
  state.sessions.set(id, createSession(id, continuesOnFailure));
}

/** Whether the session takes no further submits and has nothing left to run. */
export function hasEnded(session: Session): boolean {
  return session.state !== "open" && session.state !== "running";
}

/** Whether the session has ended early, so that only the states of its tasks are left. */
export function wasStopped({ state, continuesOnFailure }: Session): boolean {
  return state === "cancelled" || (state === "failed" && !continuesOnFailure);
}

/** Updates the state of a session that was not stopped from the states of its tasks. */
export function updateSession(state: CoreState, session: Session): void {
  if (session.graph.unfinished > 0) {
    changeSession(state, session, "running");
  } else if (session.sealed) {
    discardClasses(session);
    changeSession(state, session, session.hasFailures ? "failed" : "finished");
  } else {
    changeSession(state, session, "open");
  }
}

export function sealSession(state: CoreState, session: Session): void {
  if (hasEnded(session)) return;
  session.sealed = true;
  updateSession(state, session);
}

/** Stops the session because of a failure. Only the states of its tasks are left. */
export function failSession(state: CoreState, session: Session): void {
  stop(state, session);
  changeSession(state, session, "failed");
}

export function cancelSession(state: CoreState, session: Session): void {
  if (hasEnded(session)) return;
  stop(state, session);
  changeSession(state, session, "cancelled");
}

/** Frees everything. Later reports about the session are ignored. */
export function closeSession(state: CoreState, session: Session): void {
  stop(state, session);
  state.sessions.delete(session.id);
  changeSession(state, session, "closed");
}

function changeSession(state: CoreState, session: Session, to: SessionState): void {
  if (session.state === to) return;
  session.state = to;
  state.effects.push({ kind: "sessionChanged", session: session.id, state: to });
}

/** Ends a restored session that had ended before the restart. */
export function endRestored(state: CoreState, session: Session, ended: "failed" | "cancelled"): void {
  stop(state, session);
  changeSession(state, session, ended);
}

/** Cancels all tasks, releases all objects and tells every participant to forget the session. */
function stop(state: CoreState, session: Session): void {
  const { graph } = session;
  for (let task = 0; graph.unfinished > 0 && task < graph.taskCount; task++) {
    const taskState = graph.taskState[task];
    if (isAssigned(taskState)) {
      const worker = state.workers[graph.worker[task]]!;
      unassign(state, worker, session.classes[kindOf(graph, task).class], task, CANCELLED);
    } else if (!isOver(taskState)) {
      transition(state, session, task, CANCELLED);
    }
  }
  discardClasses(session);
  session.delayed.clear();
  graph.objectState.fill(RELEASED, 0, graph.objectCount);
  graph.kept.fill(0, 0, graph.objectCount);
  graph.needed.fill(0, 0, graph.objectCount);
  graph.replicaHead.fill(NONE, 0, graph.objectCount);
  graph.replicas = createReplicas();
  for (const worker of session.participants)
    state.effects.push({ kind: "endSession", worker, session: session.id });
  session.participants.clear();
  session.racingDrops.clear();
  session.abortedTasks.clear();
}
