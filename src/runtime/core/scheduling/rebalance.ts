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

/** Tasks that take less than this are not worth asking back, unless they stand behind long ones. */
const WORTHWHILE_SECONDS = 0.005;
/** So many workers are looked at for one that has something to give back. */
const MAX_OVERLOADED = 4;
/** So many idle workers are looked at for one that may run what others hold. */
const MAX_IDLE = 4;
/** So many tasks that do not suit are passed over in the search for one that does. */
const MAX_SKIPPED = 16;

/**
 * Whether the worker holds tasks beyond its resources that an idle one might start earlier. One that owes an
 * answer is left alone.
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
 * Asks overloaded workers for tasks on behalf of idle ones, for which nothing is ready. Runs after
 * `fillWorkers`.
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
 * No more is asked for while as many tasks are on their way back as there are idle workers. Answers whether another idle worker might be
 * given what this one may not run.
 */
function retractFor(state: CoreState, resourceQueue: ResourceQueue): boolean {
  const idle = resourceQueue.byLoadLevel[IDLE];
  const idleWorker = idle.first!.value;
  idle.rotate();
  let isForOthers = false;
  for (let i = Math.min(MAX_OVERLOADED, state.overloaded.size); i > 0; i--) {
    if (state.retracting >= idle.size) return false;
    const { value: victim } = state.overloaded.first!;
    state.overloaded.rotate();
    const passedOver = resourceQueue.hasResources
      ? retractSurplus(state, victim, idleWorker)
      : retractUnstarted(state, victim, idleWorker, idle.size);
    isForOthers ||= passedOver;
  }
  return isForOthers;
}

/**
 * Asks for the latest tasks that the idle worker could start at once, leaving the victim its share of the
 * excess.
 */
function retractUnstarted(state: CoreState, victim: Worker, idleWorker: Worker, idleCount: number): boolean {
  const wantedCpus = (victim.cpusAssigned - victim.cpus) * (idleCount / (idleCount + 1));
  return retractFromList(state, victim, victim.unstarted, wantedCpus, idleWorker, (taskClass) => {
    return taskClass.seconds >= WORTHWHILE_SECONDS || isBlocked(victim, taskClass.cpus);
  });
}

/** Asks for a task for which the victim lacks a resource. */
function retractSurplus(state: CoreState, victim: Worker, idleWorker: Worker): boolean {
  return retractFromList(state, victim, victim.surplus, Number.MIN_VALUE, idleWorker, (taskClass) => {
    return taskClass.seconds >= WORTHWHILE_SECONDS || victim.cpusStarted > 0;
  });
}

/**
 * Goes from the last entry of a list towards the first, until it has asked for tasks of so many cpus. Answers whether it has
 * asked for none, and there were some that the idle worker may not run.
 */
function retractFromList(
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
