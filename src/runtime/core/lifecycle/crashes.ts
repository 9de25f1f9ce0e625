import type { Graph } from "../data/graph.ts";
import type { CoreState, Session, Worker } from "../data/state.ts";
import { FAILED } from "../data/task-state.ts";
import { classOf } from "../queues/task-classes.ts";
import { unassign } from "../scheduling/load.ts";
import { failTask } from "./failure.ts";

/** A task that was there when so many workers were lost is taken for their murderer. */
const MOST_CRASHES = 5;

/** Counts against a task that its worker was lost, or its inputs could not be had. Whether that is too often. */
export function crashed({ crashes }: Graph, task: number): boolean {
  return ++crashes[task] >= MOST_CRASHES;
}

export function failByCrashes(state: CoreState, session: Session, worker: Worker, task: number): void {
  unassign(state, worker, classOf(session, task), task, FAILED);
  failTask(state, session, worker.slot, { kind: "crashes", task, crashes: session.graph.crashes[task] });
}
