import { grown, NONE } from "../../collections/columns.ts";

/**
 * The tasks that workers have, in one pool. While a task is assigned, retracting or running, its entry is in
 * one list of its worker. The pool grows with the number of tasks assigned at the same time, not with the
 * number of all tasks.
 */
export interface Assignments {
  session: Float64Array;
  task: Uint32Array;
  /** Estimated cpu-seconds, as added to the worker's backlog. */
  cost: Float64Array;
  /** 1 while the task lacks a resource that other tasks use. */
  surplus: Uint8Array;
  prev: Uint32Array;
  next: Uint32Array;
  /** Head of the list of free entries. */
  free: number;
  /** Number of entries used so far, free ones included. */
  top: number;
}

/** Entries in the order of assignment. */
export interface AssignmentList {
  first: number;
  last: number;
  length: number;
  /** The first entry that `takeFresh` has not returned. Those behind it are fresh too. */
  fresh: number;
}

export function createAssignments(): Assignments {
  return {
    session: new Float64Array(0),
    task: new Uint32Array(0),
    cost: new Float64Array(0),
    surplus: new Uint8Array(0),
    prev: new Uint32Array(0),
    next: new Uint32Array(0),
    free: NONE,
    top: 0,
  };
}

export const createAssignmentList = (): AssignmentList => ({
  first: NONE,
  last: NONE,
  length: 0,
  fresh: NONE,
});

/** Creates an entry that is in no list. */
export function createEntry(assignments: Assignments, session: number, task: number, cost: number): number {
  let entry = assignments.free;
  if (entry !== NONE) {
    assignments.free = assignments.next[entry];
  } else {
    entry = assignments.top++;
    if (entry >= assignments.task.length) enlarge(assignments);
  }
  assignments.session[entry] = session;
  assignments.task[entry] = task;
  assignments.cost[entry] = cost;
  assignments.surplus[entry] = 0;
  return entry;
}

/** Frees an entry that is in no list. */
export function freeEntry(assignments: Assignments, entry: number): void {
  assignments.next[entry] = assignments.free;
  assignments.free = entry;
}

export function append(assignments: Assignments, list: AssignmentList, entry: number): void {
  assignments.prev[entry] = list.last;
  assignments.next[entry] = NONE;
  if (list.last === NONE) list.first = entry;
  else assignments.next[list.last] = entry;
  list.last = entry;
  list.length++;
  if (list.fresh === NONE) list.fresh = entry;
}

export function unlink(assignments: Assignments, list: AssignmentList, entry: number): void {
  const prev = assignments.prev[entry];
  const next = assignments.next[entry];
  if (prev === NONE) list.first = next;
  else assignments.next[prev] = next;
  if (next === NONE) list.last = prev;
  else assignments.prev[next] = prev;
  list.length--;
  if (list.fresh === entry) list.fresh = next;
}

/** Returns the first entry that it has not returned before, or `NONE`. */
export function takeFresh(assignments: Assignments, list: AssignmentList): number {
  const entry = list.fresh;
  if (entry !== NONE) list.fresh = assignments.next[entry];
  return entry;
}

function enlarge(assignments: Assignments): void {
  const size = Math.max(64, assignments.top);
  assignments.session = grown(assignments.session, size);
  assignments.task = grown(assignments.task, size);
  assignments.cost = grown(assignments.cost, size);
  assignments.surplus = grown(assignments.surplus, size);
  assignments.prev = grown(assignments.prev, size);
  assignments.next = grown(assignments.next, size);
}
