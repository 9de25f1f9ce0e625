import { NONE } from "../data/column.ts";
import type { CoreState, Session, Worker } from "../data/state.ts";
import { READY, WAITING } from "../data/task-state.ts";
import { skipIfInputAbandoned } from "../lifecycle/skip.ts";
import { takeRacingDrops } from "../objects/racing-drops.ts";
import { classOf, enqueueShared } from "../queues/task-classes.ts";
import { retractEarly } from "./early-assignment.ts";
import { unassign } from "./load.ts";

/** The worker has the task no more: it is ready for any, unless it has to wait for inputs or a time. */
export function requeue(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  const taskClass = classOf(session, task);
  const isReady = graph.remaining[task] === 0;
  unassign(state, worker, taskClass, task, isReady ? READY : WAITING);
  takeRacingDrops(session, worker.slot, task);
  graph.worker[task] = NONE;
  if (isReady) enqueueShared(state, taskClass, task);
  else if (session.hasFailures) skipIfInputAbandoned(state, session, task);
  retractEarly(state, session, task);
}
