import type { CoreState, Session } from "../data/state.ts";

/**
 * Delays the next run of a task that a worker still has: until the delay is over, the task waits as if an
 * input were missing.
 */
export function delayRetry(state: CoreState, session: Session, task: number, seconds: number): void {
  const time = state.recent.now + seconds;
  session.graph.remaining[task]++;
  session.delayed.set(task, time);
  state.retryDelays.add(time, { session: session.id, task });
}

/** Asks for `timePassed` when the next delay ends. */
export function requestWake(state: CoreState): void {
  const time = state.retryDelays.next;
  if (time === undefined || time === state.wakeTime) return;
  state.wakeTime = time;
  state.effects.push({ kind: "wakeAt", time });
}
