import { NONE, NumberList } from "../../collections/columns.ts";
import type { AssignmentList } from "../data/assignments.ts";
import { isEarly, kindOf } from "../data/graph.ts";
import {
  type CoreState,
  IDLE,
  type ResourceQueue,
  type Session,
  sessionOf,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { canRun, hasRoom } from "../queues/resource-queues.ts";
import { startRetracting } from "./assign.ts";
import { isBlocked } from "./load.ts";

/** Tasks shorter than this are not retracted, unless long ones run before them. */
const WORTHWHILE_SECONDS = 0.005;
/** Maximum number of overloaded workers that are examined for one idle worker. */
const MAX_OVERLOADED = 4;
/** Maximum number of idle workers that are examined per resource queue and step. */
const MAX_IDLE = 4;
/** The search in a list ends after this many tasks that the idle worker cannot use. */
const MAX_SKIPPED = 16;

/**
 * Whether the worker has tasks beyond its resources that an idle worker might start sooner. A worker that has
 * not answered a previous `retract` is left alone.
 */
export function isOverloaded(worker: Worker): boolean {
  const { length } = worker.unstarted;
  if (worker.retracting > 0) return false;
  if (worker.surplus.length > 0) return true;
  if (worker.cpusAssigned <= worker.cpus || length === 0) return false;
  const averageCpus = (worker.cpusAssigned - worker.cpusStarted) / length;
  return isBlocked(worker, averageCpus) || worker.backlog >= WORTHWHILE_SECONDS * length;
}

/**
 * Retracts tasks from overloaded workers for idle ones, for which no task is ready. Runs after `fillWorkers`.
 */
export function rebalance(state: CoreState): void {
  for (const { resourceQueues } of state.profiles) {
    for (const resourceQueue of resourceQueues) {
      let left = Math.min(MAX_IDLE, resourceQueue.byLoadLevel[IDLE].size);
      while (left > 0 && retractFor(state, resourceQueue)) left--;
    }
  }
}

/**
 * Retracts nothing while as many tasks are retracting as there are idle workers. Answers whether there were
 * tasks that this idle worker may not run but another might.
 */
function retractFor(state: CoreState, resourceQueue: ResourceQueue): boolean {
  const idle = resourceQueue.byLoadLevel[IDLE];
  const idleWorker = idle.takeTurn();
  let isForOthers = false;
  for (let i = Math.min(MAX_OVERLOADED, state.overloaded.size); i > 0; i--) {
    if (state.retracting >= idle.size) return false;
    const busyWorker = state.overloaded.takeTurn();
    const isForOthersToo = resourceQueue.hasResources
      ? retractSurplus(state, busyWorker, idleWorker)
      : retractUnstarted(state, busyWorker, idleWorker, idle.size);
    isForOthers ||= isForOthersToo;
  }
  return isForOthers;
}

/**
 * Retracts the latest tasks that the idle worker could start at once. The overloaded worker keeps its share
 * of the excess.
 */
function retractUnstarted(
  state: CoreState,
  busyWorker: Worker,
  idleWorker: Worker,
  idleCount: number,
): boolean {
  const wantedCpus = (busyWorker.cpusAssigned - busyWorker.cpus) * (idleCount / (idleCount + 1));
  return retractFromList(state, busyWorker, busyWorker.unstarted, wantedCpus, idleWorker, (taskClass) => {
    return taskClass.seconds >= WORTHWHILE_SECONDS || isBlocked(busyWorker, taskClass.cpus);
  });
}

/** Retracts a task for which the overloaded worker lacks a resource. */
function retractSurplus(state: CoreState, busyWorker: Worker, idleWorker: Worker): boolean {
  return retractFromList(state, busyWorker, busyWorker.surplus, Number.MIN_VALUE, idleWorker, (taskClass) => {
    return taskClass.seconds >= WORTHWHILE_SECONDS || busyWorker.cpusStarted > 0;
  });
}

/**
 * Goes from the last entry of a list towards the first until it has retracted tasks of `wantedCpus`. Answers
 * whether it has retracted none and there were some that the idle worker may not run.
 */
function retractFromList(
  state: CoreState,
  busyWorker: Worker,
  list: AssignmentList,
  wantedCpus: number,
  idleWorker: Worker,
  isWorthwhile: (taskClass: TaskClass) => boolean,
): boolean {
  const { assignments } = state;
  const freeCpus = idleWorker.cpus - idleWorker.cpusAssigned;
  const retracted = new Map<Session, NumberList>();
  let retractedCpus = 0;
  let skipped = 0;
  let isForOthers = false;
  let entry = list.last;
  while (entry !== NONE && retractedCpus < wantedCpus && skipped < MAX_SKIPPED) {
    state.work++;
    const before = assignments.prev[entry];
    const session = sessionOf(state, entry);
    const task = assignments.task[entry];
    const taskClass = session.classes[kindOf(session.graph, task).class];
    const isAllowed = canRun(idleWorker, taskClass);
    const isUsable =
      !isEarly(session.graph, task) &&
      isAllowed &&
      taskClass.cpus <= freeCpus &&
      hasRoom(idleWorker, taskClass);
    if (isUsable && isWorthwhile(taskClass)) {
      startRetracting(state, busyWorker, session, task);
      listOf(retracted, session).push(task);
      retractedCpus += taskClass.cpus;
    } else {
      skipped++;
      isForOthers ||= !isAllowed;
    }
    entry = before;
  }
  if (retractedCpus > 0) state.overloaded.remove(busyWorker.overloadedNode);
  for (const [session, tasks] of retracted) {
    state.effects.push({
      kind: "retract",
      worker: busyWorker.slot,
      session: session.id,
      tasks: tasks.take(),
    });
  }
  return retractedCpus === 0 && isForOthers;
}

function listOf(retracted: Map<Session, NumberList>, session: Session): NumberList {
  let list = retracted.get(session);
  if (list === undefined) {
    list = new NumberList();
    retracted.set(session, list);
  }
  return list;
}
