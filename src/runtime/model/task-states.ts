/*
 * The states of a task: numbers, as the columns of the core hold them, and their names. Which state may follow which is in
 * `core/scheduling/transitions.ts`.
 */

/** For inputs, or for the time of its next run. */
export const WAITING = 0;
/** All inputs exist; in exactly one ready queue. */
export const READY = 1;
/** On a worker that has not reported its start; early when an input is still to be made there. */
export const ASSIGNED = 2;
/** Reported as started. */
export const RUNNING = 3;
/** On a worker that was asked to give it back and has not answered. */
export const RETRACTING = 4;
export const FINISHED = 5;
export const FAILED = 6;
export const CANCELLED = 7;
/** What it needs will never be made, since a task has failed. */
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

/** Whether a worker has a task in this state. */
export const isAssigned = (state: number) => state >= ASSIGNED && state <= RETRACTING;
/** Whether a task in this state has nothing left to do. One that has finished may have to run again. */
export const isOver = (state: number) => state >= FINISHED;

/** The states that people are told. A task that is being retracted counts as `assigned`. */
export const TASK_STATES = STATE_NAMES.filter((name) => name !== "retracting");
export type TaskState = (typeof TASK_STATES)[number];
