import type { Kind } from "../data/graph.ts";
import type { CoreState, Session } from "../data/state.ts";
import { WAITING } from "../data/task-state.ts";
import type { RetryRule } from "../events.ts";
import { makeReady } from "../scheduling/placement.ts";

const LONGEST_SECONDS = 3600;

/** With every default in its place. */
export function retryRule(retries: number | RetryRule): Kind["retries"] {
  const rule: RetryRule = typeof retries === "number" ? { times: retries } : retries;
  const { times, delay = 0, backoff = 1, maxDelay = Math.max(delay, LONGEST_SECONDS) } = rule;
  return { times, delay, backoff, maxDelay };
}

/** Seconds to the next run of a task of which so many, at least one, have failed. */
export function delayAfter(failures: number, { delay, backoff, maxDelay }: Kind["retries"]): number {
  return delay === 0 ? 0 : Math.min(delay * backoff ** (failures - 1), maxDelay);
}

/** Keeps a task that a worker still has from being ready for so many seconds from now, as an input that is not there would. */
export function delayRetry(state: CoreState, session: Session, task: number, seconds: number): void {
  const time = state.recent.now + seconds;
  session.graph.remaining[task]++;
  session.delayed.set(task, time);
  state.retryDelays.add(time, { session: session.id, task });
}

/** Ends the pauses that are over. */
export function endDelays(state: CoreState): void {
  state.wakeTime = undefined;
  const { now } = state.recent;
  for (let next = state.retryDelays.next; next !== undefined && next <= now; next = state.retryDelays.next) {
    const { at, value } = state.retryDelays.take()!;
    const session = state.sessions.get(value.session);
    if (session?.delayed.get(value.task) !== at) continue;
    session.delayed.delete(value.task);
    const { graph } = session;
    if (graph.taskState[value.task] !== WAITING) continue;
    if (--graph.remaining[value.task] === 0) makeReady(state, session, value.task);
  }
}

/** Asks the shell to tell the time when the next pause ends. */
export function requestWake(state: CoreState): void {
  const time = state.retryDelays.next;
  if (time === undefined || time === state.wakeTime) return;
  state.wakeTime = time;
  state.effects.push({ kind: "wakeAt", time });
}
