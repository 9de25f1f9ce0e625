import { kindOf } from "../data/graph.ts";
import { type Demand, fits, keyOf } from "../data/requirements.ts";
import {
  type CoreState,
  createReadyQueue,
  type Profile,
  type ReadyQueue,
  type Session,
  TaskClass,
  type Worker,
} from "../data/state.ts";
import { READY } from "../data/task-state.ts";
import { touch } from "./dirty.ts";
import { reseat } from "./eligible-workers.ts";
import { dequeueFirst, enqueue, joinLane, leaveAllLanes, leaveLane } from "./ready-queue.ts";
import { canRun, marketFor, stallOf } from "./resource-queues.ts";

/** Duration that is assumed of a class before one was measured. */
const GUESSED_SECONDS = 0.05;
/** Share of the latest duration in the moving average. */
const LEARNING_RATE = 0.1;
const SHORTEST_SECONDS = 1e-6;
const LONGEST_SECONDS = 86_400;

/** The number of a class within its session, a new one for a new demand. */
export function internClass(state: CoreState, session: Session, demand: Demand): number {
  const key = keyOf(demand);
  let number = session.classNumbers.get(key);
  if (number === undefined) {
    number = session.classes.length;
    session.classNumbers.set(key, number);
    const created = new TaskClass(session, demand, GUESSED_SECONDS);
    session.classes.push(created);
    for (const profile of state.profiles) considerProfile(state, created, profile);
    if (demand.avoid !== undefined) reseat(state, created);
    else for (const slot of demand.workers ?? []) considerWorker(state, created, state.workers[slot]);
  }
  return number;
}

/** A profile is new: lets its workers see the ready tasks of the class if they can run them. */
export function considerProfile(state: CoreState, taskClass: TaskClass, profile: Profile): void {
  const { demand } = taskClass;
  if (!fits(demand, profile.capacity)) return;
  const market = marketFor(state, profile, demand.needs);
  taskClass.fits.set(profile, market);
  if (taskClass.seats !== undefined) return;
  joinLane(taskClass.shared, market.shared);
  for (const queue of taskClass.own.values()) joinLane(queue, market.stealable);
}

/** The last worker of a profile is gone. */
export function forgetProfile(taskClass: TaskClass, profile: Profile): void {
  const market = taskClass.fits.get(profile);
  if (market === undefined) return;
  taskClass.fits.delete(profile);
  leaveLane(taskClass.shared, market.shared);
  for (const queue of taskClass.own.values()) leaveLane(queue, market.stealable);
}

/** A worker is new: lets it see the ready tasks of a class that has a seat for it. */
export function considerWorker(state: CoreState, taskClass: TaskClass, worker: Worker | undefined): void {
  if (taskClass.demand.avoid !== undefined) reseat(state, taskClass);
  else if (worker !== undefined && taskClass.demand.workers?.has(worker.slot)) seat(taskClass, worker);
}

function seat(taskClass: TaskClass, worker: Worker): void {
  if (taskClass.fits.has(worker.profile)) joinLane(taskClass.shared, stallOf(worker, taskClass).own);
}

/** A ready task may go to any worker that can run it. */
export function enqueueShared(state: CoreState, taskClass: TaskClass, task: number): void {
  enqueue(taskClass.shared, task);
  for (const slot of taskClass.seats ?? []) {
    const worker = state.workers[slot];
    if (worker !== undefined) touch(state, worker);
  }
}

/** The queue of ready tasks that have their inputs on a worker which fits. */
export function ownQueue(taskClass: TaskClass, worker: Worker): ReadyQueue {
  let queue = taskClass.own.get(worker.slot);
  if (queue === undefined) {
    queue = createReadyQueue(taskClass, worker);
    taskClass.own.set(worker.slot, queue);
    joinLane(queue, stallOf(worker, taskClass).own);
    for (const market of taskClass.fits.values()) joinLane(queue, market.stealable);
  }
  return queue;
}

/** Takes those tasks out of the session's queues that are not ready any more. */
export function dequeueStale({ classes, graph }: Session): void {
  for (const { shared, own } of classes) {
    for (const queue of [shared, ...own.values()]) {
      for (let left = queue.tasks.length; left > 0; left--) {
        const task = dequeueFirst(queue);
        if (graph.taskState[task] === READY) enqueue(queue, task);
      }
    }
  }
}

/** The worker is gone: what waited for it may go anywhere. */
export function forgetWorker(state: CoreState, taskClass: TaskClass, worker: Worker): void {
  if (taskClass.demand.avoid !== undefined) reseat(state, taskClass, worker);
  if (canRun(worker, taskClass)) leaveLane(taskClass.shared, stallOf(worker, taskClass).own);
  const queue = taskClass.own.get(worker.slot);
  if (queue === undefined) return;
  while (queue.tasks.length > 0) enqueue(taskClass.shared, dequeueFirst(queue));
  leaveAllLanes(queue);
  taskClass.own.delete(worker.slot);
}

/** No task of the session will run any more: its ready queues go away with all that is in them. */
export function discardClasses(session: Session): void {
  for (const taskClass of session.classes) {
    leaveAllLanes(taskClass.shared);
    for (const queue of taskClass.own.values()) leaveAllLanes(queue);
  }
  session.demands = session.classes.map(({ demand }) => demand);
  session.classes = [];
  session.classNumbers.clear();
}

/** Brings back the classes of a session whose tasks run again after all. */
export function reviveClasses(state: CoreState, session: Session): void {
  for (const demand of session.demands) internClass(state, session, demand);
}

export function classOf(session: Session, task: number): TaskClass {
  return session.classes[kindOf(session.graph, task).class];
}

/** Takes a measured duration into the estimate; nonsense is ignored. */
export function learn(taskClass: TaskClass, measuredSeconds: number): void {
  if (!(measuredSeconds >= 0)) return;
  const seconds = Math.min(Math.max(measuredSeconds, SHORTEST_SECONDS), LONGEST_SECONDS);
  taskClass.seconds = taskClass.measured
    ? taskClass.seconds + LEARNING_RATE * (seconds - taskClass.seconds)
    : seconds;
  taskClass.measured = true;
}
