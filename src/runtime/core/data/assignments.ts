import { grown, NONE } from "./column.ts";

/**
 * The tasks that workers have, in one pool: an entry is in one list of its worker while the task is assigned,
 * retracting or running. The pool is as large as the most tasks that were held at once, however many there
 * are in all.
 */
export interface HeldTasks {
  session: Float64Array;
  task: Uint32Array;
  /** Estimated cpu-seconds, as counted in the worker's backlog. */
  cost: Float64Array;
  /** 1 while it lacks a resource that others have. */
  ahead: Uint8Array;
  prev: Uint32Array;
  next: Uint32Array;
  /** Head of the list of free entries. */
  free: number;
  /** Entries ever used. */
  top: number;
}

/** The first is the one that was assigned first. */
export interface HeldList {
  first: number;
  last: number;
  length: number;
  /** The first that `takeFresh` has not answered; those behind it are fresh too. */
  fresh: number;
}

export function createHeldTasks(): HeldTasks {
  return {
    session: new Float64Array(0),
    task: new Uint32Array(0),
    cost: new Float64Array(0),
    ahead: new Uint8Array(0),
    prev: new Uint32Array(0),
    next: new Uint32Array(0),
    free: NONE,
    top: 0,
  };
}

export const createHeldList = (): HeldList => ({ first: NONE, last: NONE, length: 0, fresh: NONE });

/** A new entry, in no list. */
export function createEntry(held: HeldTasks, session: number, task: number, cost: number): number {
  let entry = held.free;
  if (entry !== NONE) {
    held.free = held.next[entry];
  } else {
    entry = held.top++;
    if (entry >= held.task.length) enlarge(held);
  }
  held.session[entry] = session;
  held.task[entry] = task;
  held.cost[entry] = cost;
  held.ahead[entry] = 0;
  return entry;
}

/** Gives back an entry that is in no list. */
export function freeEntry(held: HeldTasks, entry: number): void {
  held.next[entry] = held.free;
  held.free = entry;
}

export function append(held: HeldTasks, list: HeldList, entry: number): void {
  held.prev[entry] = list.last;
  held.next[entry] = NONE;
  if (list.last === NONE) list.first = entry;
  else held.next[list.last] = entry;
  list.last = entry;
  list.length++;
  if (list.fresh === NONE) list.fresh = entry;
}

export function unlink(held: HeldTasks, list: HeldList, entry: number): void {
  const prev = held.prev[entry];
  const next = held.next[entry];
  if (prev === NONE) list.first = next;
  else held.next[prev] = next;
  if (next === NONE) list.last = prev;
  else held.prev[next] = prev;
  list.length--;
  if (list.fresh === entry) list.fresh = next;
}

/** The first entry that was not answered before, or `NONE`. */
export function takeFresh(held: HeldTasks, list: HeldList): number {
  const entry = list.fresh;
  if (entry !== NONE) list.fresh = held.next[entry];
  return entry;
}

function enlarge(held: HeldTasks): void {
  const size = Math.max(64, held.top);
  held.session = grown(held.session, size);
  held.task = grown(held.task, size);
  held.cost = grown(held.cost, size);
  held.ahead = grown(held.ahead, size);
  held.prev = grown(held.prev, size);
  held.next = grown(held.next, size);
}
