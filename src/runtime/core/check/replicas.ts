import { NONE } from "../../collections/columns.ts";
import { ASSIGNED } from "../../model/task-states.ts";
import { PRESENT } from "../data/graph.ts";
import type { CoreState, Session } from "../data/state.ts";
import { findReplica, isPresent, slotOf } from "../objects/replicas.ts";
import { expect } from "./expect.ts";

/**
 * An object that exists has a replica, one that does not exist has none, and workers have or expect the
 * inputs of their tasks.
 */
export function checkReplicas(state: CoreState, session: Session): void {
  const { id, graph } = session;
  const { replicas } = graph;
  let used = 0;
  for (let object = 0; object < graph.objectCount; object++) {
    const name = `object ${object} of session ${id}`;
    const slots = new Set<number>();
    let present = 0;
    for (let entry = graph.replicaHead[object]; entry !== NONE; entry = replicas.next[entry]) {
      const slot = slotOf(replicas, entry);
      expect(!slots.has(slot), `${name} is on ${slot} twice`);
      expect(slot === 0 || state.workers[slot] !== undefined, `${name} is on ${slot}, which is gone`);
      expect(session.participants.has(slot), `${name} is on ${slot}, where the session has no place`);
      slots.add(slot);
      if (isPresent(replicas, entry)) present++;
      used++;
    }
    const exists = graph.objectState[object] === PRESENT;
    expect(exists ? present > 0 : slots.size === 0, `${name} has ${present} replicas of ${slots.size}`);
  }
  let free = 0;
  for (let entry = replicas.free; entry !== NONE; entry = replicas.next[entry]) free++;
  expect(used + free === replicas.top, `session ${id} lost ${replicas.top - used - free} replica entries`);
  checkInputs(state, session);
}

/** The worker of a task that may not have started has or expects its inputs. */
function checkInputs(state: CoreState, { id, graph }: Session): void {
  for (let task = 0; task < graph.taskCount; task++) {
    const slot = graph.worker[task];
    if (graph.taskState[task] !== ASSIGNED || state.workers[slot] === undefined) continue;
    for (const object of graph.inputs.subarray(graph.inputStart[task], graph.inputStart[task + 1])) {
      if (graph.objectState[object] !== PRESENT) continue;
      const isThere = findReplica(graph, object, slot) !== NONE;
      expect(isThere, `worker ${slot} of task ${task} of session ${id} lacks object ${object}`);
    }
  }
}
