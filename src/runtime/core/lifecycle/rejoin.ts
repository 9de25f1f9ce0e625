import type { CoreState } from "../data/state.ts";
import type { Inventory } from "../events.ts";
import { flushDrops } from "../objects/release.ts";
import { dequeueStale } from "../queues/task-classes.ts";
import { adoptObjects, adoptTasks } from "./adopt.ts";
import { updateSession, wasStopped } from "./sessions.ts";

/*
 * A worker joins again, with what it still has: it had lost its server, or was only slow when it was
 * considered lost. Whatever is still useful counts again; the worker is told to forget the rest.
 */

/**
 * Takes in what a worker has of one session. The worker is told to forget a session that does not exist or
 * was stopped.
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
