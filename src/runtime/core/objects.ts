import { NONE, NumberList } from "./column.ts";
import { isNeeded, PRESENT, RELEASED } from "./graph.ts";
import { clearHolders, slotOf } from "./holders.ts";
import type { CoreState, Session } from "./state.ts";

/**
 * Releases an object that exists and that nothing needs: all that have it, or expect it, are told to drop it.
 */
export function releaseIfUnneeded(state: CoreState, session: Session, object: number): void {
  const { graph } = session;
  if (graph.objectState[object] !== PRESENT || isNeeded(graph, object)) return;
  const { holders } = graph;
  for (let entry = graph.holderHead[object]; entry !== NONE; entry = holders.next[entry]) {
    drop(state, session, slotOf(holders, entry), object);
  }
  clearHolders(graph, object);
  graph.objectState[object] = RELEASED;
}

/** Ends the keeping of objects. Those that are not kept, or not there, are passed over. */
export function unkeep(state: CoreState, session: Session, objects: Uint32Array): void {
  const { graph } = session;
  for (const object of objects) {
    if (object >= graph.objectCount || graph.kept[object] === 0) continue;
    graph.kept[object] = 0;
    releaseIfUnneeded(state, session, object);
  }
}

/** One `drop` effect for each worker; the objects dropped in one step are all of one session. */
export function flushDrops(state: CoreState): void {
  for (const slot of state.dropSlots) {
    const objects = state.drops[slot]!.take();
    state.effects.push({ kind: "drop", worker: slot, session: state.dropSession, objects });
  }
  state.dropSlots.length = 0;
}

function drop(state: CoreState, session: Session, slot: number, object: number): void {
  state.dropSession = session.id;
  state.drops[slot] ??= new NumberList();
  const list = state.drops[slot];
  if (list.length === 0) state.dropSlots.push(slot);
  list.push(object);
}
