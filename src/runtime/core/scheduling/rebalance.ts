import { NONE, NumberList } from "../../collections/columns.ts";
import type { AssignmentList } from "../data/assignments.ts";
import { kindOf } from "../data/graph.ts";
import {
  type CoreState,
  IDLE,
  type ResourceQueue,
  type Session,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { canRun, hasRoom } from "../queues/resource-queues.ts";
import { isBlocked, isEarly, startRetracting } from "./load.ts";

/** Tasks that take fewer seconds are retracted only when they are behind long ones. */
const WORTHWHILE_SECONDS = 0.005;
/** Overloaded workers that are considered for one idle worker. */
const MAX_VICTIMS = 4;
/** Idle workers that are considered in one step. */
const MAX_IDLE = 4;
/** Unsuitable tasks that are passed over in one search. */
const MAX_SKIPPED = 16;

/**
 * Whether the worker has tasks beyond its resources that an idle worker might start earlier. A worker that is
 * asked for tasks already is left alone.
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
 * Retracts tasks from overloaded workers on behalf of idle ones, for which no task is ready. Runs after
 * `fillWorkers`.
 */
export function rebalance(state: CoreState): void {
  for (const { resourceQueues } of state.profiles) {
    for (const resourceQueue of resourceQueues) {
      let left = Math.min(MAX_IDLE, resourceQueue.byLoad[IDLE].size);
      while (left > 0 && retractFor(state, resourceQueue)) left--;
    }
  }
}

/**
 * Asks for tasks unless as many are retracting as there are idle workers. Answers whether another idle worker
 * might run what this one may not.
 */
function retractFor(state: CoreState, resourceQueue: ResourceQueue): boolean {
  const idle = resourceQueue.byLoad[IDLE];
  const idleWorker = idle.first!.value;
  idle.rotate();
  let isForOthers = false;
  for (let i = Math.min(MAX_VICTIMS, state.overloaded.size); i > 0; i--) {
    if (state.retracting >= idle.size) return false;
    const { value: victim } = state.overloaded.first!;
    state.overloaded.rotate();
    const passedOver = resourceQueue.hasResources
      ? askForSurplus(state, victim, idleWorker)
      : ask(state, victim, idleWorker, idle.size);
    isForOthers ||= passedOver;
  }
  return isForOthers;
}

/**
 * Asks for the latest tasks that the idle worker could start at once. The victim keeps its share of the
 * excess.
 */
function ask(state: CoreState, victim: Worker, idleWorker: Worker, idleCount: number): boolean {
  const wantedCpus = (victim.cpusAssigned - victim.cpus) * (idleCount / (idleCount + 1));
  return askFrom(state, victim, victim.unstarted, wantedCpus, idleWorker, (taskClass) => {
    return taskClass.seconds >= WORTHWHILE_SECONDS || isBlocked(victim, taskClass.cpus);
  });
}

/** Asks for a surplus task of the victim. */
function askForSurplus(state: CoreState, victim: Worker, idleWorker: Worker): boolean {
  return askFrom(state, victim, victim.surplus, Number.MIN_VALUE, idleWorker, (taskClass) => {
    return taskClass.seconds >= WORTHWHILE_SECONDS || victim.cpusStarted > 0;
  });
}

/**
 * Walks a list from the last entry to the first until it has asked for tasks of this many cpus. Answers
 * whether it has asked for none, and there were some that the idle worker may not run.
 */
function askFrom(
  state: CoreState,
  victim: Worker,
  list: AssignmentList,
  wantedCpus: number,
  idleWorker: Worker,
  isWorthwhile: (taskClass: TaskClass) => boolean,
): boolean {
  const { assignments } = state;
  const freeCpus = idleWorker.cpus - idleWorker.cpusAssigned;
  const asked = new Map<Session, NumberList>();
  let askedCpus = 0;
  let skipped = 0;
  let isForOthers = false;
  let entry = list.last;
  while (entry !== NONE && askedCpus < wantedCpus && skipped < MAX_SKIPPED) {
    state.work++;
    const before = assignments.prev[entry];
    const session = state.sessions.get(assignments.session[entry])!;
    const task = assignments.task[entry];
    const taskClass = session.classes[kindOf(session.graph, task).class];
    const isAllowed = canRun(idleWorker, taskClass);
    const suits =
      !isEarly(session.graph, task) &&
      isAllowed &&
      taskClass.cpus <= freeCpus &&
      hasRoom(idleWorker, taskClass);
    if (suits && isWorthwhile(taskClass)) {
      startRetracting(state, victim, session, task);
      listOf(asked, session).push(task);
      askedCpus += taskClass.cpus;
    } else {
      skipped++;
      isForOthers ||= !isAllowed;
    }
    entry = before;
  }
  if (askedCpus > 0) state.overloaded.remove(victim.overloadedNode);
  for (const [session, tasks] of asked) {
    state.effects.push({ kind: "retract", worker: victim.slot, session: session.id, tasks: tasks.take() });
  }
  return askedCpus === 0 && isForOthers;
}

function listOf(asked: Map<Session, NumberList>, session: Session): NumberList {
  let list = asked.get(session);
  if (list === undefined) {
    list = new NumberList();
    asked.set(session, list);
  }
  return list;
}
