import { CoreError } from "./core-error.ts";
import type { CoreState, Session } from "./data/state.ts";
import type { Effect, Event } from "./events.ts";
import { endDelays } from "./lifecycle/due-retries.ts";
import { takeInventory } from "./lifecycle/rejoin.ts";
import {
  objectsMissing,
  taskFailed,
  tasksFinished,
  tasksReturned,
  tasksStarted,
} from "./lifecycle/reports.ts";
import { restoreSession } from "./lifecycle/restore.ts";
import { requestWake } from "./lifecycle/retry-delays.ts";
import {
  cancelSession,
  closeSession,
  failSession,
  hasEnded,
  openSession,
  sealSession,
} from "./lifecycle/sessions.ts";
import { submit } from "./lifecycle/submit.ts";
import { changeTypes, joinWorker, loseWorker } from "./lifecycle/workers.ts";
import { flushDrops, unkeep } from "./objects/release.ts";
import { flushAssignments } from "./scheduling/batches.ts";
import { fillWorkers } from "./scheduling/fill.ts";
import { rebalance } from "./scheduling/rebalance.ts";

/**
 * Applies one event to the state and returns the resulting effects, in the order in which they are to be
 * carried out. `now` is in seconds on any monotonic clock. Requests and reports about things that no longer
 * exist are ignored.
 *
 * @throws CoreError for a bug in the caller or in the core
 */
export function step(state: CoreState, event: Event, now: number): Effect[] {
  state.effects = [];
  state.recent.now = now;
  apply(state, event);
  flushDrops(state);
  fillWorkers(state);
  flushAssignments(state);
  rebalance(state);
  requestWake(state);
  return state.effects;
}

function apply(state: CoreState, event: Event): void {
  switch (event.kind) {
    case "sessionOpened":
      openSession(state, event.session, event.onFailure === "continue");
      break;
    case "submitted":
      submit(state, sessionForSubmit(state, event.session), event.chunks);
      break;
    case "sealed":
      withSession(state, event.session, sealSession);
      break;
    case "sessionCancelled":
      withSession(state, event.session, cancelSession);
      break;
    case "sessionFailed":
      withSession(state, event.session, (_, session) => {
        if (!hasEnded(session)) failSession(state, session);
      });
      break;
    case "sessionClosed":
      withSession(state, event.session, closeSession);
      break;
    case "unkept":
      withSession(state, event.session, (_, session) => unkeep(state, session, event.objects));
      break;
    case "sessionRestored":
      restoreSession(state, event.session, event);
      break;
    case "workerJoined":
      joinWorker(state, event.worker, event.capacity);
      for (const inventory of event.inventories ?? []) takeInventory(state, event.worker, inventory);
      break;
    case "workerChanged":
      changeTypes(state, event.worker, event.types);
      break;
    case "workerLost":
      loseWorker(state, event.worker);
      break;
    case "tasksStarted":
      tasksStarted(state, event);
      break;
    case "tasksFinished":
      tasksFinished(state, event);
      break;
    case "taskFailed":
      taskFailed(state, event);
      break;
    case "tasksReturned":
      tasksReturned(state, event);
      break;
    case "timePassed":
      endDelays(state);
      break;
    case "objectsMissing":
      objectsMissing(state, event);
      break;
  }
}

function withSession(state: CoreState, id: number, act: (state: CoreState, session: Session) => void): void {
  const session = state.sessions.get(id);
  if (session !== undefined) act(state, session);
}

function sessionForSubmit(state: CoreState, id: number): Session {
  const session = state.sessions.get(id);
  if (session === undefined || hasEnded(session) || session.sealed) {
    throw new CoreError(`session ${id} takes no submit; call checkSubmit first`);
  }
  return session;
}
