import { grown, NONE } from "../../collections/columns.ts";
import type { Graph, Replicas } from "../data/graph.ts";

/** The columns of a graph that record where objects are. */
type ReplicaColumns = Pick<Graph, "replicaHead" | "replicas">;

export const slotOf = (replicas: Replicas, entry: number) => replicas.place[entry] >>> 1;
export const isPresent = (replicas: Replicas, entry: number) => (replicas.place[entry] & 1) === 1;

export function addReplica(graph: ReplicaColumns, object: number, slot: number, present: boolean): void {
  const { replicas } = graph;
  let entry = replicas.free;
  if (entry !== NONE) {
    replicas.free = replicas.next[entry];
  } else {
    entry = replicas.top++;
    if (entry >= replicas.place.length) {
      replicas.place = grown(replicas.place, Math.max(16, replicas.top));
      replicas.next = grown(replicas.next, replicas.place.length);
    }
  }
  replicas.place[entry] = slot * 2 + (present ? 1 : 0);
  replicas.next[entry] = graph.replicaHead[object];
  graph.replicaHead[object] = entry;
}

/** Returns the entry of a replica of the object, or `NONE`. */
export function findReplica(graph: ReplicaColumns, object: number, slot: number): number {
  const { place, next } = graph.replicas;
  let entry = graph.replicaHead[object];
  while (entry !== NONE && place[entry] >>> 1 !== slot) entry = next[entry];
  return entry;
}

/** Marks a replica as present, if there is one. */
export function markPresent(graph: ReplicaColumns, object: number, slot: number): void {
  const entry = findReplica(graph, object, slot);
  if (entry !== NONE) graph.replicas.place[entry] |= 1;
}

/** Whether the object has a replica that is present. */
export function hasReplica(graph: ReplicaColumns, object: number): boolean {
  const { replicas } = graph;
  let entry = graph.replicaHead[object];
  while (entry !== NONE && !isPresent(replicas, entry)) entry = replicas.next[entry];
  return entry !== NONE;
}

/** Removes one replica of an object. Answers whether there was one. */
export function removeReplica(graph: ReplicaColumns, object: number, slot: number): boolean {
  const { replicas } = graph;
  let before = NONE;
  let entry = graph.replicaHead[object];
  while (entry !== NONE && slotOf(replicas, entry) !== slot) {
    before = entry;
    entry = replicas.next[entry];
  }
  if (entry === NONE) return false;
  if (before === NONE) graph.replicaHead[object] = replicas.next[entry];
  else replicas.next[before] = replicas.next[entry];
  replicas.next[entry] = replicas.free;
  replicas.free = entry;
  return true;
}

/** Removes all replicas of an object. */
export function clearReplicas(graph: ReplicaColumns, object: number): void {
  const { replicas } = graph;
  const head = graph.replicaHead[object];
  if (head === NONE) return;
  let last = head;
  while (replicas.next[last] !== NONE) last = replicas.next[last];
  replicas.next[last] = replicas.free;
  replicas.free = head;
  graph.replicaHead[object] = NONE;
}
