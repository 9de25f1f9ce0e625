import { NONE } from "../data/column.ts";
import type { CoreState, Session, Worker } from "../data/state.ts";
import { READY, WAITING } from "../data/task-state.ts";
import { skipIfDoomed } from "../lifecycle/skip.ts";
import { takeCrossed } from "../objects/racing-drops.ts";
import { classOf, enqueueShared } from "../queues/task-classes.ts";
import { recallEarly } from "./early-assignment.ts";
import { letGo } from "./load.ts";

/** The worker has the task no more: it is ready for any, unless it has to wait for inputs or a time. */
export function release(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  const taskClass = classOf(session, task);
  const isReady = graph.remaining[task] === 0;
  letGo(state, worker, taskClass, task, isReady ? READY : WAITING);
  takeCrossed(session, worker.slot, task);
  graph.worker[task] = NONE;
  if (isReady) enqueueShared(state, taskClass, task);
  else if (session.hasFailures) skipIfDoomed(state, session, task);
  recallEarly(state, session, task);
}
