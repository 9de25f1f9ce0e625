/*
 * The states of a task: numbers, as the columns of the core hold them, and their names. Which state may follow which is in
 * `core/scheduling/transitions.ts`.
 */

/** The task waits for inputs or for the delay of a retry. */
export const WAITING = 0;
/** All inputs exist; the task is in exactly one ready queue. */
export const READY = 1;
/**
 * A worker has the task and has not reported its start. The task is early when an input is still to be made
 * there.
 */
export const ASSIGNED = 2;
/** A worker has reported the start. */
export const RUNNING = 3;
/** A worker was asked to give the task back and has not answered. */
export const RETRACTING = 4;
export const FINISHED = 5;
export const FAILED = 6;
export const CANCELLED = 7;
/** An input will never be made, since a task has failed. */
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
/** Whether a task in this state has nothing left to do. A finished task may have to run again. */
export const isOver = (state: number) => state >= FINISHED;

/** The states that people see. A retracting task is shown as `assigned`. */
export const TASK_STATES = STATE_NAMES.filter((name) => name !== "retracting");
export type TaskState = (typeof TASK_STATES)[number];
