import { NONE } from "../../collections/columns.ts";
import { delayAfter } from "../../model/retry-rule.ts";
import { FAILED, READY, WAITING } from "../../model/task-states.ts";
import { type Graph, kindOf } from "../data/graph.ts";
import type { CoreState, Session, Worker } from "../data/state.ts";
import type { FailureReason } from "../events.ts";
import { takeRacingDrops } from "../objects/racing-drops.ts";
import { avoid } from "../queues/avoid.ts";
import { classOf, enqueueShared } from "../queues/task-classes.ts";
import { unassign } from "../scheduling/assign.ts";
import { retractEarly } from "../scheduling/retract.ts";
import { delayRetry } from "./retry-delays.ts";
import { failSession, updateSession } from "./sessions.ts";
import { abandonOutputs, releaseInputs, skipIfInputAbandoned } from "./skip.ts";

/** A task that was assigned when this many workers were lost is assumed to have caused the losses. */
const MAX_CRASHES = 5;

/**
 * The worker no longer has the task: it becomes ready for any worker, unless it has to wait for inputs or a
 * time.
 */
export function requeue(state: CoreState, session: Session, worker: Worker, task: number): void {
  const { graph } = session;
  const taskClass = classOf(session, task);
  const isReady = graph.remaining[task] === 0;
  unassign(state, worker, taskClass, task, isReady ? READY : WAITING);
  takeRacingDrops(session, worker.slot, task);
  graph.worker[task] = NONE;
  if (isReady) enqueueShared(state, taskClass, task);
  else if (session.hasFailures && skipIfInputAbandoned(state, session, task)) updateSession(state, session);
  retractEarly(state, session, task);
}

/** A run of the task has failed on its worker: the task gets another run, or fails. */
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

/** A task has become failed: fails its session, or skips the tasks that need its outputs. */
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

/**
 * Counts a lost worker, or inputs that could not be fetched, against a task. Answers whether this has
 * happened too often.
 */
export function countCrash({ crashes }: Graph, task: number): boolean {
  return ++crashes[task] >= MAX_CRASHES;
}

export function failByCrashes(state: CoreState, session: Session, worker: Worker, task: number): void {
  unassign(state, worker, classOf(session, task), task, FAILED);
  failTask(state, session, worker.slot, { kind: "crashes", task, crashes: session.graph.crashes[task] });
}
