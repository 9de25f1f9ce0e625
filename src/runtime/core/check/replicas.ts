import { NONE } from "../../collections/columns.ts";
import { ASSIGNED } from "../../model/task-states.ts";
import { PRESENT } from "../data/graph.ts";
import type { CoreState, Session } from "../data/state.ts";
import { findReplica, isPresent, slotOf } from "../objects/replicas.ts";
import { expect } from "./expect.ts";

/**
 * Checks that existing objects have replicas and others have none, and that workers have or expect the inputs
 * of their tasks.
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
      expect(!slots.has(slot), `${name} is twice on worker ${slot}`);
      expect(slot === 0 || state.workers[slot] !== undefined, `${name} is on worker ${slot}, which is lost`);
      expect(
        session.participants.has(slot),
        `${name} is on worker ${slot}, which does not participate in the session`,
      );
      slots.add(slot);
      if (isPresent(replicas, entry)) present++;
      used++;
    }
    const exists = graph.objectState[object] === PRESENT;
    expect(
      exists ? present > 0 : slots.size === 0,
      `${name} is in state ${graph.objectState[object]}, but has ${slots.size} replicas, ${present} of them present`,
    );
  }
  let free = 0;
  for (let entry = replicas.free; entry !== NONE; entry = replicas.next[entry]) free++;
  expect(
    used + free === replicas.top,
    `session ${id} has lost ${replicas.top - used - free} replica entries`,
  );
  checkInputs(state, session);
}

/** Checks that the worker of each task not reported as started has or expects its inputs. */
function checkInputs(state: CoreState, { id, graph }: Session): void {
  for (let task = 0; task < graph.taskCount; task++) {
    const slot = graph.worker[task];
    if (graph.taskState[task] !== ASSIGNED || state.workers[slot] === undefined) continue;
    for (const object of graph.inputs.subarray(graph.inputStart[task], graph.inputStart[task + 1])) {
      if (graph.objectState[object] !== PRESENT) continue;
      const hasReplica = findReplica(graph, object, slot) !== NONE;
      expect(
        hasReplica,
        `worker ${slot} of task ${task} of session ${id} neither has nor expects object ${object}`,
      );
    }
  }
}
