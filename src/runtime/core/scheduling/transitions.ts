import {
  ASSIGNED,
  CANCELLED,
  FAILED,
  FINISHED,
  isOver,
  READY,
  RETRACTING,
  RUNNING,
  SKIPPED,
  STATE_COUNT,
  STATE_NAMES,
  WAITING,
} from "../../model/task-states.ts";
import { CoreError } from "../core-error.ts";
import { kindOf } from "../data/graph.ts";
import { describe, record } from "../data/recent-transitions.ts";
import type { CoreState, Session } from "../data/state.ts";

const oneOf = (...states: number[]) => states.reduce((bits, state) => bits | (1 << state), 0);

/** The transition table: for each state, the states that may follow it, as bits. */
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

/**
 * Changes the state of a task. No other code does.
 *
 * @throws CoreError with the task's history if the transition is not allowed
 */
export function transition(state: CoreState, session: Session, task: number, to: number): void {
  const { graph } = session;
  const from = graph.taskState[task];
  if ((MAY_BECOME[from] & (1 << to)) === 0) {
    const past = describe(state.recent, session.id, task);
    const what = `task ${task} of session ${session.id} is ${STATE_NAMES[from]}`;
    throw new CoreError(`${what} and cannot become ${STATE_NAMES[to]}; its history: ${past}`);
  }
  graph.taskState[task] = to;
  const row = kindOf(graph, task).group * STATE_COUNT;
  graph.counts[row + from]--;
  graph.counts[row + to]++;
  if (isOver(to)) graph.unfinished--;
  if (isOver(from)) graph.unfinished++;
  record(state.recent, session.id, task, from, to);
}
