import { NONE, NumberList } from "../../collections/columns.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import { isNeeded, PRESENT, RELEASED } from "../data/graph.ts";
import type { CoreState, Session } from "../data/state.ts";
import { noteDrop } from "./racing-drops.ts";
import { clearReplicas, slotOf } from "./replicas.ts";

/** Releases an existing object that nothing needs: every worker that has or expects it is told to drop it. */
export function releaseIfUnneeded(state: CoreState, session: Session, object: number): void {
  const { graph } = session;
  if (graph.objectState[object] !== PRESENT || isNeeded(graph, object)) return;
  dropEverywhere(state, session, object);
  graph.objectState[object] = RELEASED;
}

/**
 * Tells all that have or expect the object to drop it. The server keeps constants that have consumers,
 * because these may have to run again.
 */
export function dropEverywhere(state: CoreState, session: Session, object: number): void {
  const { graph } = session;
  const { replicas } = graph;
  for (let entry = graph.replicaHead[object]; entry !== NONE; entry = replicas.next[entry]) {
    const slot = slotOf(replicas, entry);
    const isConstant = graph.producer[object] === NONE;
    if (slot !== SERVER_SLOT || !isConstant || graph.consumerHead[object] === NONE)
      drop(state, session, slot, object);
  }
  clearReplicas(graph, object);
}

/** Stops keeping objects. Ignores those that are not kept or do not exist. */
export function unkeep(state: CoreState, session: Session, objects: Uint32Array): void {
  const { graph } = session;
  for (const object of objects) {
    if (object >= graph.objectCount || graph.kept[object] === 0) continue;
    graph.kept[object] = 0;
    releaseIfUnneeded(state, session, object);
  }
}

/** Emits one `drop` effect per worker. */
export function flushDrops(state: CoreState): void {
  for (const slot of state.dropSlots) {
    const objects = state.drops[slot]!.take();
    state.effects.push({ kind: "drop", worker: slot, session: state.dropSession, objects });
  }
  state.dropSlots.length = 0;
}

/** Adds an object to the next `drop` effect. Between two flushes all objects must belong to one session. */
export function drop(state: CoreState, session: Session, slot: number, object: number): void {
  noteDrop(session, slot, object);
  state.dropSession = session.id;
  state.drops[slot] ??= new NumberList();
  const list = state.drops[slot];
  if (list.length === 0) state.dropSlots.push(slot);
  list.push(object);
}
