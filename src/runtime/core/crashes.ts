import { classOf } from "./classes.ts";
import { failTask } from "./failure.ts";
import type { Graph } from "./graph.ts";
import { letGo } from "./load.ts";
import type { CoreState, Session, Worker } from "./state.ts";
import { FAILED } from "./task-state.ts";

/** A task that was there when so many workers were lost is taken for their murderer. */
const MOST_CRASHES = 5;

/** Counts against a task that its worker was lost, or its inputs could not be had. Whether that is too often. */
export function crashed({ crashes }: Graph, task: number): boolean {
  return ++crashes[task] >= MOST_CRASHES;
}

export function failByCrashes(state: CoreState, session: Session, worker: Worker, task: number): void {
  letGo(state, worker, classOf(session, task), task, FAILED);
  failTask(state, session, worker.slot, { kind: "crashes", task, crashes: session.graph.crashes[task] });
}
