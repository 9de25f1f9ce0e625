/*
 * The states of a task: the numbers that the columns of the core contain, and their names. The transition
 * table is in `core/scheduling/transitions.ts`.
 */

/** Waits for inputs, or for the time of its next run. */
export const WAITING = 0;
/** All inputs exist. The task is in exactly one ready queue. */
export const READY = 1;
/**
 * Assigned to a worker that has not reported its start. The assignment is early if an input is still to be
 * made there.
 */
export const ASSIGNED = 2;
/** Reported as started by its worker. */
export const RUNNING = 3;
/** Assigned to a worker that was asked to give it back and has not answered. */
export const RETRACTING = 4;
export const FINISHED = 5;
export const FAILED = 6;
export const CANCELLED = 7;
/** Will not run: an input will never be made, because another task has failed. */
export const SKIPPED = 8;

export const STATE_COUNT = 9;

export const STATE_NAMES = [
  "waiting",
  "ready",
  "assigned",
  "running",
  "retracting",
  "finished",
  "failed",
  "cancelled",
  "skipped",
] as const;

/** Whether a task in this state is assigned to a worker. */
export const isAssigned = (state: number) => state >= ASSIGNED && state <= RETRACTING;
/** Whether a task in this state has nothing left to do. A finished task may still have to run again. */
export const isOver = (state: number) => state >= FINISHED;

/** The states that users see. A retracting task is shown as `assigned`. */
export const TASK_STATES = STATE_NAMES.filter((name) => name !== "retracting");
export type TaskState = (typeof TASK_STATES)[number];
