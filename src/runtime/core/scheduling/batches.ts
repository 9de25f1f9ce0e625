import { NumberList } from "../../collections/columns.ts";
import {
  type AssignmentBatch,
  type CoreState,
  markDirty,
  type Session,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { assign } from "./assign.ts";
import { findSources } from "./sources.ts";

/**
 * Assigns a ready task, which must not be in a queue any more, or a waiting task early. `flushAssignments`
 * emits the effect.
 */
export function assignAndSend(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { session } = taskClass;
  assign(state, worker, taskClass, task);
  let batch = worker.latestBatch;
  if (batch === undefined || batch.session !== session) {
    batch = worker.batches.get(session) ?? startBatch(state, worker, session);
    worker.latestBatch = batch;
  }
  batch.tasks.push(task);
  batch.inputCount += session.graph.inputStart[task + 1] - session.graph.inputStart[task];
}

/** Emits one `assign` effect per worker and session of this step. */
export function flushAssignments(state: CoreState): void {
  for (const worker of state.assigning) {
    for (const [session, batch] of worker.batches) {
      session.participants.add(worker.slot);
      const tasks = batch.tasks.take();
      const sources = findSources(state, worker, session.graph, tasks, batch.inputCount);
      state.effects.push({ kind: "assign", worker: worker.slot, session: session.id, tasks, sources });
      batch.session = undefined;
      batch.inputCount = 0;
      state.spareBatches.push(batch);
    }
    worker.batches.clear();
    worker.latestBatch = undefined;
  }
  state.assigning.length = 0;
}

function startBatch(state: CoreState, worker: Worker, session: Session): AssignmentBatch {
  const batch = state.spareBatches.pop() ?? { session: undefined, tasks: new NumberList(), inputCount: 0 };
  batch.session = session;
  if (worker.batches.size === 0) state.assigning.push(worker);
  worker.batches.set(session, batch);
  markDirty(state, worker);
  return batch;
}
