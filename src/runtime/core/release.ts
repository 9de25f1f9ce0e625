import { classOf, enqueueShared } from "./classes.ts";
import { NONE } from "./column.ts";
import { takeCrossed } from "./crossed-drops.ts";
import { recallEarly } from "./early.ts";
import { letGo } from "./load.ts";
import { skipIfDoomed } from "./skip.ts";
import type { CoreState, Session, Worker } from "./state.ts";
import { READY, WAITING } from "./task-state.ts";

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
