import type { CoreState, Session } from "../data/state.ts";

/** Keeps a task that a worker still has from being ready for so many seconds from now, as an input that is not there would. */
export function delayRetry(state: CoreState, session: Session, task: number, seconds: number): void {
  const time = state.recent.now + seconds;
  session.graph.remaining[task]++;
  session.delayed.set(task, time);
  state.retryDelays.add(time, { session: session.id, task });
}

/** Asks the shell to tell the time when the next pause ends. */
export function requestWake(state: CoreState): void {
  const time = state.retryDelays.next;
  if (time === undefined || time === state.wakeTime) return;
  state.wakeTime = time;
  state.effects.push({ kind: "wakeAt", time });
}
