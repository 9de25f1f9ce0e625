import { READY } from "../../model/task-states.ts";
import { kindOf } from "../data/graph.ts";
import { fits, keyOf, type Requirements } from "../data/requirements.ts";
import {
  type CoreState,
  createReadyQueue,
  markDirty,
  type Profile,
  type ReadyQueue,
  type Session,
  TaskClass,
  type Worker,
} from "../data/state.ts";
import { dequeueFirst, enqueue, joinQueue, leaveAllQueues, leaveQueue } from "./ready-queue.ts";
import { canRun, resourceQueueFor, workerQueueOf } from "./resource-queues.ts";

/** Assumed duration of the tasks of a class until one is measured. */
const GUESSED_SECONDS = 0.05;
/** Weight of the latest duration in the moving average. */
const LEARNING_RATE = 0.1;
const MIN_SECONDS = 1e-6;
const MAX_SECONDS = 86_400;

/** Returns the number of a class in its session. New requirements get a new class. */
export function internClass(state: CoreState, session: Session, requirements: Requirements): number {
  const key = keyOf(requirements);
  let number = session.classNumbers.get(key);
  if (number === undefined) {
    number = session.classes.length;
    session.classNumbers.set(key, number);
    const created = new TaskClass(session, requirements, GUESSED_SECONDS);
    session.classes.push(created);
    for (const profile of state.profiles) considerProfile(state, created, profile);
    if (requirements.avoid !== undefined) updateEligible(state, created);
    else for (const slot of requirements.workers ?? []) considerWorker(state, created, state.workers[slot]);
  }
  return number;
}

/** To be called for each class when a profile is new: if its workers can run the tasks, they see the queues. */
export function considerProfile(state: CoreState, taskClass: TaskClass, profile: Profile): void {
  const { requirements } = taskClass;
  if (!fits(requirements, profile.capacity)) return;
  const resourceQueue = resourceQueueFor(state, profile, requirements.needs);
  taskClass.fits.set(profile, resourceQueue);
  if (taskClass.eligible !== undefined) return;
  joinQueue(taskClass.shared, resourceQueue.shared);
  for (const queue of taskClass.own.values()) joinQueue(queue, resourceQueue.stealable);
}

/** To be called for each class when the last worker of a profile has left. */
export function forgetProfile(taskClass: TaskClass, profile: Profile): void {
  const resourceQueue = taskClass.fits.get(profile);
  if (resourceQueue === undefined) return;
  taskClass.fits.delete(profile);
  leaveQueue(taskClass.shared, resourceQueue.shared);
  for (const queue of taskClass.own.values()) leaveQueue(queue, resourceQueue.stealable);
}

/** To be called for each class when a worker is new: if it is eligible, it sees the shared queue. */
export function considerWorker(state: CoreState, taskClass: TaskClass, worker: Worker | undefined): void {
  if (taskClass.requirements.avoid !== undefined) updateEligible(state, taskClass);
  else if (worker !== undefined && taskClass.requirements.workers?.has(worker.slot))
    joinIfEligible(taskClass, worker);
}

function joinIfEligible(taskClass: TaskClass, worker: Worker): void {
  if (taskClass.fits.has(worker.profile)) joinQueue(taskClass.shared, workerQueueOf(worker, taskClass).own);
}

/** Enqueues a ready task for any worker that may run it. */
export function enqueueShared(state: CoreState, taskClass: TaskClass, task: number): void {
  enqueue(taskClass.shared, task);
  for (const slot of taskClass.eligible ?? []) {
    const worker = state.workers[slot];
    if (worker !== undefined) markDirty(state, worker);
  }
}

/** Returns the queue of ready tasks whose inputs are on this worker, which must fit the class. */
export function ownQueue(taskClass: TaskClass, worker: Worker): ReadyQueue {
  let queue = taskClass.own.get(worker.slot);
  if (queue === undefined) {
    queue = createReadyQueue(taskClass, worker);
    taskClass.own.set(worker.slot, queue);
    joinQueue(queue, workerQueueOf(worker, taskClass).own);
    for (const resourceQueue of taskClass.fits.values()) joinQueue(queue, resourceQueue.stealable);
  }
  return queue;
}

/** Removes tasks that are no longer ready from the session's queues. */
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

/** To be called for each class when a worker leaves: tasks in its own queue move to the shared queue. */
export function forgetWorker(state: CoreState, taskClass: TaskClass, worker: Worker): void {
  if (taskClass.requirements.avoid !== undefined) updateEligible(state, taskClass, worker);
  if (canRun(worker, taskClass)) leaveQueue(taskClass.shared, workerQueueOf(worker, taskClass).own);
  const queue = taskClass.own.get(worker.slot);
  if (queue === undefined) return;
  while (queue.tasks.length > 0) enqueue(taskClass.shared, dequeueFirst(queue));
  leaveAllQueues(queue);
  taskClass.own.delete(worker.slot);
}

/** No task of the session will run any more: removes its classes with their queues. */
export function discardClasses(session: Session): void {
  for (const taskClass of session.classes) {
    leaveAllQueues(taskClass.shared);
    for (const queue of taskClass.own.values()) leaveAllQueues(queue);
  }
  session.requirements = session.classes.map(({ requirements }) => requirements);
  session.classes = [];
  session.classNumbers.clear();
}

/** Creates the classes of an ended session again, because some of its tasks run again. */
export function reviveClasses(state: CoreState, session: Session): void {
  for (const requirements of session.requirements) internClass(state, session, requirements);
}

export function classOf(session: Session, task: number): TaskClass {
  return session.classes[kindOf(session.graph, task).class];
}

/** Updates the estimate with a measured duration. Invalid values are ignored. */
export function learn(taskClass: TaskClass, measuredSeconds: number): void {
  if (!(measuredSeconds >= 0)) return;
  const seconds = Math.min(Math.max(measuredSeconds, MIN_SECONDS), MAX_SECONDS);
  taskClass.seconds = taskClass.measured
    ? taskClass.seconds + LEARNING_RATE * (seconds - taskClass.seconds)
    : seconds;
  taskClass.measured = true;
}

/**
 * Sets the eligible workers of a class: those that can run it and are not to be avoided, or all that can run
 * it if no others are left. `leaving` no longer counts.
 */
function updateEligible(state: CoreState, taskClass: TaskClass, leaving?: Worker): void {
  const { requirements, fits, shared } = taskClass;
  const able = state.workers.filter((worker) => {
    if (worker === undefined || worker === leaving || !fits.has(worker.profile)) return false;
    return requirements.workers?.has(worker.slot) ?? true;
  }) as Worker[];
  const allowed = able.filter(({ slot }) => !requirements.avoid?.has(slot));
  const eligible = allowed.length > 0 ? allowed : able;
  leaveAllQueues(shared);
  taskClass.eligible = new Set(eligible.map(({ slot }) => slot));
  for (const worker of eligible) {
    joinQueue(shared, workerQueueOf(worker, taskClass).own);
    if (shared.tasks.length > 0) markDirty(state, worker);
  }
}
