import { NONE } from "../../collections/columns.ts";
import { SKIPPED, STATE_NAMES, type TaskState } from "../../model/task-states.ts";
import type { Graph } from "../data/graph.ts";
import { missingPredecessors } from "../data/order.ts";
import type { CoreState } from "../data/state.ts";
import { isBelow } from "./number.ts";

export function taskState(state: CoreState, session: number, task: number): TaskState | undefined {
  const graph = graphWithTask(state, session, task);
  if (graph === undefined) return undefined;
  const name = STATE_NAMES[graph.taskState[task]];
  return name === "retracting" ? "assigned" : name;
}

/** Slot of the worker that has or had the task. */
export function taskWorker(state: CoreState, session: number, task: number): number | undefined {
  const worker = graphWithTask(state, session, task)?.worker[task];
  return worker === NONE ? undefined : worker;
}

/** The first tasks in one of the given states, at most `limit`. */
export function tasksIn(
  state: CoreState,
  session: number,
  wanted: readonly TaskState[],
  limit: number,
): number[] {
  const found: number[] = [];
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return found;
  const isWanted = STATE_NAMES.map((name) => wanted.includes(name === "retracting" ? "assigned" : name));
  for (let task = 0; task < graph.taskCount && found.length < limit; task++) {
    if (isWanted[graph.taskState[task]]) found.push(task);
  }
  return found;
}

/** The predecessors of a task that have not finished yet. */
export function awaitedTasks(state: CoreState, session: number, task: number): readonly number[] {
  const graph = graphWithTask(state, session, task);
  return graph === undefined ? [] : missingPredecessors(graph, task);
}

/** Number of failed runs of the task. */
export function failedRuns(state: CoreState, session: number, task: number): number {
  return graphWithTask(state, session, task)?.failures[task] ?? 0;
}

/** The failed task that caused this task to be skipped. */
export function skipCause(state: CoreState, session: number, task: number): number | undefined {
  const graph = graphWithTask(state, session, task);
  return graph?.taskState[task] === SKIPPED ? graph.cause[task] : undefined;
}

/** Time of the delayed next run of a task, on the clock of `step`. */
export function retryTime(state: CoreState, session: number, task: number): number | undefined {
  return state.sessions.get(session)?.delayed.get(task);
}

export function graphWithTask(state: CoreState, session: number, task: number): Graph | undefined {
  const graph = state.sessions.get(session)?.graph;
  return graph !== undefined && isBelow(task, graph.taskCount) ? graph : undefined;
}
