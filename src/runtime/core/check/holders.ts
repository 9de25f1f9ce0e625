import { NONE } from "../column.ts";
import { PRESENT } from "../graph.ts";
import { isPresent, slotOf } from "../holders.ts";
import type { CoreState, Session } from "../state.ts";
import { isHeld } from "../task-state.ts";
import { expect } from "./expect.ts";

/** What exists is somewhere, what does not is nowhere, and a worker has or expects the inputs of its tasks. */
export function checkHolders(state: CoreState, session: Session): void {
  const { id, graph } = session;
  const { holders } = graph;
  const places: Set<number>[] = [];
  let used = 0;
  for (let object = 0; object < graph.objectCount; object++) {
    const name = `object ${object} of session ${id}`;
    const slots = new Set<number>();
    let present = 0;
    for (let entry = graph.holderHead[object]; entry !== NONE; entry = holders.next[entry]) {
      const slot = slotOf(holders, entry);
      expect(!slots.has(slot), `${name} is on ${slot} twice`);
      expect(slot === 0 || state.workers[slot] !== undefined, `${name} is on ${slot}, which is gone`);
      expect(session.places.has(slot), `${name} is on ${slot}, where the session has no place`);
      slots.add(slot);
      if (isPresent(holders, entry)) present++;
      used++;
    }
    const exists = graph.objectState[object] === PRESENT;
    expect(exists ? present > 0 : slots.size === 0, `${name} has ${present} holders of ${slots.size}`);
    places.push(slots);
  }
  let free = 0;
  for (let entry = holders.free; entry !== NONE; entry = holders.next[entry]) free++;
  expect(used + free === holders.top, `session ${id} lost ${holders.top - used - free} holder entries`);
  for (let task = 0; task < graph.taskCount; task++) {
    if (!isHeld(graph.taskState[task])) continue;
    for (const object of graph.inputs.subarray(graph.inputStart[task], graph.inputStart[task + 1])) {
      const knows = places[object].has(graph.worker[task]);
      expect(knows, `task ${task} of session ${id} does not know where object ${object} is`);
    }
  }
}
