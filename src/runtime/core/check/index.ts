/* Checks of the core: the validation of submits, and the invariants of the state for tests. */

import { NONE } from "../../collections/columns.ts";
import type { CoreState } from "../data/state.ts";
import { expect } from "./expect.ts";
import { checkGraph } from "./graph.ts";
import { checkProfile, checkQueues } from "./queues.ts";
import { checkReplicas } from "./replicas.ts";
import { checkWorker } from "./workers.ts";

/**
 * Compares all redundant parts of the state. For tests only: it reads the whole state. Call it between two
 * steps.
 *
 * @throws CoreError at the first contradiction
 */
export function checkInvariants(state: CoreState): void {
  for (const session of state.sessions.values()) {
    checkGraph(session);
    checkReplicas(state, session);
    checkQueues(state, session);
  }
  for (const worker of state.workers) if (worker !== undefined) checkWorker(state, worker);
  for (const profile of state.profiles) checkProfile(state, profile);
  checkAssignments(state);
  expect(state.dirty.length === 0, "a worker is still marked dirty");
  expect(state.assigning.length === 0, "assignments are left over");
  expect(state.dropSlots.length === 0, "drops are left over");
}

/** Checks that every entry of the pool is free or in the list of a worker. */
function checkAssignments(state: CoreState): void {
  let free = 0;
  for (let entry = state.assignments.free; entry !== NONE; entry = state.assignments.next[entry]) free++;
  let assigned = 0;
  let retracting = 0;
  for (const worker of state.workers) {
    assigned += worker?.assigned ?? 0;
    retracting += worker?.retracting ?? 0;
  }
  expect(
    free + assigned === state.assignments.top,
    `${state.assignments.top} entries, but ${free} are free and ${assigned} assigned`,
  );
  expect(retracting === state.retracting, `${retracting} tasks are retracting, not ${state.retracting}`);
}
