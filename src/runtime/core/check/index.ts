import { NONE } from "../data/column.ts";
import type { CoreState } from "../data/state.ts";
import { expect } from "./expect.ts";
import { checkGraph } from "./graph.ts";
import { checkHolders } from "./holders.ts";
import { checkProfile, checkQueues } from "./queues.ts";
import { checkWorker } from "./workers.ts";

/**
 * Compares everything that the state says twice, between two steps. Throws a `CoreError` at the first
 * contradiction. It looks at the whole state: it is for tests.
 */
export function checkInvariants(state: CoreState): void {
  for (const session of state.sessions.values()) {
    checkGraph(session);
    checkHolders(state, session);
    checkQueues(state, session);
  }
  for (const worker of state.workers) if (worker !== undefined) checkWorker(state, worker);
  for (const profile of state.profiles) checkProfile(state, profile);
  checkHeldTasks(state);
  expect(state.touched.length === 0, "a worker was touched and not looked at");
  expect(state.assigning.length === 0, "assignments are left over");
  expect(state.dropSlots.length === 0, "drops are left over");
}

/** Every entry of the pool is in the list of a worker or free. */
function checkHeldTasks(state: CoreState): void {
  let free = 0;
  for (let entry = state.held.free; entry !== NONE; entry = state.held.next[entry]) free++;
  let held = 0;
  let retracting = 0;
  for (const worker of state.workers) {
    held += worker?.held ?? 0;
    retracting += worker?.retracting ?? 0;
  }
  expect(free + held === state.held.top, `${state.held.top} entries, but ${free} free and ${held} held`);
  expect(retracting === state.retracting, `${retracting} tasks are retracting, not ${state.retracting}`);
}
