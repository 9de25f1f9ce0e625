import type { CoreState } from "../data/state.ts";
import type { Inventory } from "../events.ts";
import { flushDrops } from "../objects/release.ts";
import { dequeueStale } from "../queues/task-classes.ts";
import { adoptObjects, adoptTasks } from "./adopt.ts";
import { updateSession, wasStopped } from "./sessions.ts";

/*
 * A worker rejoins after it lost its server, or after it was slow and counted as lost. Its objects and
 * running tasks count again if they are of use, and it is told to drop the rest.
 */

/**
 * Applies a worker's inventory of one session. If the session does not exist or was stopped, the worker is
 * told to forget it.
 */
export function takeInventory(state: CoreState, slot: number, inventory: Inventory): void {
  const session = state.sessions.get(inventory.session);
  if (session === undefined || wasStopped(session)) {
    state.effects.push({ kind: "endSession", worker: slot, session: inventory.session });
    return;
  }
  session.participants.add(slot);
  adoptObjects(state, session, slot, inventory);
  adoptTasks(state, session, slot, inventory);
  dequeueStale(session);
  flushDrops(state);
  updateSession(state, session);
}
