import { WAITING } from "../../model/task-states.ts";
import type { CoreState } from "../data/state.ts";
import { makeReady } from "../scheduling/readiness.ts";

/** Makes the tasks whose delay is over ready. */
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
