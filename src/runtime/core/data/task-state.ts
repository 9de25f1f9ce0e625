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

const oneOf = (...states: number[]) => states.reduce((bits, state) => bits | (1 << state), 0);

/** For each state, the states that may follow it, as bits. The one transition table. */
export const MAY_BECOME: readonly number[] = [
  /* waiting    */ oneOf(READY, ASSIGNED, FINISHED, FAILED, CANCELLED, SKIPPED),
  /* ready      */ oneOf(WAITING, ASSIGNED, FINISHED, CANCELLED),
  /* assigned   */ oneOf(WAITING, READY, RUNNING, RETRACTING, FINISHED, FAILED, CANCELLED),
  /* running    */ oneOf(WAITING, READY, FINISHED, FAILED, CANCELLED),
  /* retracting */ oneOf(WAITING, READY, RUNNING, FINISHED, FAILED, CANCELLED),
  /* finished   */ oneOf(WAITING),
  /* failed     */ 0,
  /* cancelled  */ 0,
  /* skipped    */ 0,
];

/** Whether a worker has a task in this state. */
export const isAssigned = (state: number) => state >= ASSIGNED && state <= RETRACTING;
/** Whether a task in this state has nothing left to do. One that has finished may have to run again. */
export const isOver = (state: number) => state >= FINISHED;
