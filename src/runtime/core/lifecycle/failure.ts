import { kindOf } from "../data/graph.ts";
import type { CoreState, Session, Worker } from "../data/state.ts";
import { FAILED } from "../data/task-state.ts";
import type { FailureReason } from "../events.ts";
import { avoid } from "../queues/avoid.ts";
import { classOf } from "../queues/task-classes.ts";
import { retractEarly } from "../scheduling/early-assignment.ts";
import { unassign } from "../scheduling/load.ts";
import { requeue } from "../scheduling/requeue.ts";
import { delayAfter, delayRetry } from "./retry-delays.ts";
import { failSession, updateSession } from "./sessions.ts";
import { abandonOutputs, releaseInputs } from "./skip.ts";

/** A run of a task that the worker has is over and was in vain: there is another one, or the task has failed. */
export function failRun(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  const { retries } = kindOf(graph, task);
  if (graph.failures[task] >= retries.times) {
    unassign(state, worker, classOf(session, task), task, FAILED);
    failTask(state, session, worker.slot, { kind: "run", task });
    return;
  }
  const delay = delayAfter(++graph.failures[task], retries);
  state.effects.push({ kind: "taskRetried", session: session.id, task, delay });
  if (delay > 0) delayRetry(state, session, task, delay);
  avoid(state, session, task, worker.slot);
  requeue(state, session, worker, task);
}

/** A task is in the state failed: so has its session, or what needs the task will not run. */
export function failTask(state: CoreState, session: Session, slot: number, reason: FailureReason): void {
  state.effects.push({ kind: "taskFailed", session: session.id, worker: slot, reason });
  session.hasFailures = true;
  if (!session.continuesOnFailure) {
    failSession(state, session);
    return;
  }
  retractEarly(state, session, reason.task);
  releaseInputs(state, session, reason.task);
  abandonOutputs(state, session, reason.task);
  updateSession(state, session);
}
