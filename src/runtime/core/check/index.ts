import { NONE } from "../../collections/columns.ts";
import type { CoreState } from "../data/state.ts";
import { expect } from "./expect.ts";
import { checkGraph } from "./graph.ts";
import { checkProfile, checkQueues } from "./queues.ts";
import { checkReplicas } from "./replicas.ts";
import { checkWorker } from "./workers.ts";

/**
 * Compares everything that the state holds redundantly, between two steps. Throws a `CoreError` at the first
 * contradiction. It looks at the whole state: it is meant for tests.
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
  expect(state.dirty.length === 0, "a worker was touched and not looked at");
  expect(state.assigning.length === 0, "assignments are left over");
  expect(state.dropSlots.length === 0, "drops are left over");
}

/** Every entry of the pool is either in the list of a worker or free. */
function checkAssignments(state: CoreState): void {
  let free = 0;
  for (let entry = state.assignments.free; entry !== NONE; entry = state.assignments.next[entry]) free++;
  let assignments = 0;
  let retracting = 0;
  for (const worker of state.workers) {
    assignments += worker?.assigned ?? 0;
    retracting += worker?.retracting ?? 0;
  }
  expect(
    free + assignments === state.assignments.top,
    `${state.assignments.top} entries, but ${free} free and ${assignments} assignments`,
  );
  expect(retracting === state.retracting, `${retracting} tasks are retracting, not ${state.retracting}`);
}
