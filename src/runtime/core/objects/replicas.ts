import { grown, NONE } from "../data/column.ts";

/**
 * Who has an object: per object a linked list of entries, all in one pool, the most recent first. A holder is
 * `present` when the object is known to be there, otherwise `expected`: it was told where to fetch it.
 */
export interface Holders {
  /** `slot * 2 + 1` when present, `slot * 2` when expected. */
  place: Uint32Array;
  next: Uint32Array;
  /** Head of the list of free entries. */
  free: number;
  /** Entries ever used; those above are untouched. */
  top: number;
}

/** Slot of the server, which holds the constants. */
export const SERVER = 0;

/** The columns of a graph that the holders of its objects live in. */
interface HeldObjects {
  holderHead: Uint32Array;
  holders: Holders;
}

export function createHolders(): Holders {
  return { place: new Uint32Array(0), next: new Uint32Array(0), free: NONE, top: 0 };
}

export const slotOf = (holders: Holders, entry: number) => holders.place[entry] >>> 1;
export const isPresent = (holders: Holders, entry: number) => (holders.place[entry] & 1) === 1;

export function addHolder(graph: HeldObjects, object: number, slot: number, present: boolean): void {
  const { holders } = graph;
  let entry = holders.free;
  if (entry !== NONE) {
    holders.free = holders.next[entry];
  } else {
    entry = holders.top++;
    if (entry >= holders.place.length) {
      holders.place = grown(holders.place, Math.max(16, holders.top));
      holders.next = grown(holders.next, holders.place.length);
    }
  }
  holders.place[entry] = slot * 2 + (present ? 1 : 0);
  holders.next[entry] = graph.holderHead[object];
  graph.holderHead[object] = entry;
}

/** The entry of a holder of the object, or `NONE`. */
export function findHolder(graph: HeldObjects, object: number, slot: number): number {
  const { place, next } = graph.holders;
  let entry = graph.holderHead[object];
  while (entry !== NONE && place[entry] >>> 1 !== slot) entry = next[entry];
  return entry;
}

/** An expected holder, if it is one, has got the object. */
export function markPresent(graph: HeldObjects, object: number, slot: number): void {
  const entry = findHolder(graph, object, slot);
  if (entry !== NONE) graph.holders.place[entry] |= 1;
}

/** Whether anyone has the object for sure. */
export function isAnywhere(graph: HeldObjects, object: number): boolean {
  const { holders } = graph;
  let entry = graph.holderHead[object];
  while (entry !== NONE && !isPresent(holders, entry)) entry = holders.next[entry];
  return entry !== NONE;
}

/** Forgets one holder of an object. Whether it was one. */
export function removeHolder(graph: HeldObjects, object: number, slot: number): boolean {
  const { holders } = graph;
  let before = NONE;
  let entry = graph.holderHead[object];
  while (entry !== NONE && slotOf(holders, entry) !== slot) {
    before = entry;
    entry = holders.next[entry];
  }
  if (entry === NONE) return false;
  if (before === NONE) graph.holderHead[object] = holders.next[entry];
  else holders.next[before] = holders.next[entry];
  holders.next[entry] = holders.free;
  holders.free = entry;
  return true;
}

/** Forgets all holders of an object. */
export function clearHolders(graph: HeldObjects, object: number): void {
  const { holders } = graph;
  const head = graph.holderHead[object];
  if (head === NONE) return;
  let last = head;
  while (holders.next[last] !== NONE) last = holders.next[last];
  holders.next[last] = holders.free;
  holders.free = head;
  graph.holderHead[object] = NONE;
}
