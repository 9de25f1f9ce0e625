import type { CoreState } from "../data/state.ts";
import type { Inventory } from "../events.ts";
import { flushDrops } from "../objects/release.ts";
import { dequeueStale } from "../queues/task-classes.ts";
import { adoptObjects, adoptTasks } from "./adopt.ts";
import { updateSession, wasStopped } from "./sessions.ts";

/*
 * What a worker brings that was here before: it lost its server, or was only slow when it was taken for lost. Of what it has, all
 * that is of use counts again, and it is told to forget the rest.
 */

/** Takes what a worker has of one session into account. A session that is not there, or has failed, is to be forgotten there. */
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
