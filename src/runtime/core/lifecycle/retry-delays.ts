import type { CoreState, Session } from "../data/state.ts";

/**
 * Keeps a task, which a worker still has, from becoming ready for this many seconds. It counts like a missing
 * input.
 */
export function delayRetry(state: CoreState, session: Session, task: number, seconds: number): void {
  const time = state.recent.now + seconds;
  session.graph.remaining[task]++;
  session.delayed.set(task, time);
  state.retryDelays.add(time, { session: session.id, task });
}

/** Asks the shell to send `timePassed` when the next delay ends. */
export function requestWake(state: CoreState): void {
  const time = state.retryDelays.next;
  if (time === undefined || time === state.wakeTime) return;
  state.wakeTime = time;
  state.effects.push({ kind: "wakeAt", time });
}
