import { NONE } from "../../collections/columns.ts";
import type { ObjectState } from "../../model/objects.ts";
import { type Graph, NEVER, PENDING } from "../data/graph.ts";
import type { CoreState } from "../data/state.ts";
import { isPresent, slotOf } from "../objects/replicas.ts";
import { isBelow } from "./number.ts";

export const OBJECT_STATES = ["pending", "present", "released", "failed"] as const;

export function objectState(state: CoreState, session: number, object: number): ObjectState | undefined {
  const graph = graphWithObject(state, session, object);
  if (graph === undefined) return undefined;
  const code = graph.objectState[object];
  return OBJECT_STATES[code];
}

/** Size in bytes, once the object exists. */
export function objectSize(state: CoreState, session: number, object: number): number | undefined {
  const graph = graphWithObject(state, session, object);
  if (graph === undefined) return undefined;
  const code = graph.objectState[object];
  return code === PENDING || code === NEVER ? undefined : graph.size[object];
}

/** Slot of a replica that is present: a worker if possible, otherwise the server. */
export function objectReplica(state: CoreState, session: number, object: number): number | undefined {
  const graph = graphWithObject(state, session, object);
  if (graph === undefined) return undefined;
  let replica: number | undefined;
  for (let entry = graph.replicaHead[object]; entry !== NONE; entry = graph.replicas.next[entry]) {
    if (!isPresent(graph.replicas, entry)) continue;
    replica = slotOf(graph.replicas, entry);
    if (replica !== 0) return replica;
  }
  return replica;
}

/** Slots of the workers with a replica that is present, in ascending order. */
export function objectWorkers(state: CoreState, session: number, object: number): number[] {
  const graph = graphWithObject(state, session, object);
  if (graph === undefined) return [];
  const slots: number[] = [];
  for (let entry = graph.replicaHead[object]; entry !== NONE; entry = graph.replicas.next[entry]) {
    const slot = slotOf(graph.replicas, entry);
    if (slot !== 0 && isPresent(graph.replicas, entry)) slots.push(slot);
  }
  return slots.sort((a, b) => a - b);
}

/** The task that makes the object. `undefined` for a constant too. */
export function objectProducer(state: CoreState, session: number, object: number): number | undefined {
  const producer = graphWithObject(state, session, object)?.producer[object];
  return producer === NONE ? undefined : producer;
}

export function isKept(state: CoreState, session: number, object: number): boolean {
  return graphWithObject(state, session, object)?.kept[object] === 1;
}

/** Numbers of all kept objects of the session. */
export function keptObjects(state: CoreState, session: number): number[] {
  const kept: number[] = [];
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return kept;
  for (let object = 0; object < graph.objectCount; object++) {
    if (graph.kept[object] === 1) kept.push(object);
  }
  return kept;
}

export function graphWithObject(state: CoreState, session: number, object: number): Graph | undefined {
  const graph = state.sessions.get(session)?.graph;
  return graph !== undefined && isBelow(object, graph.objectCount) ? graph : undefined;
}
