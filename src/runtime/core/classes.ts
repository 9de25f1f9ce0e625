import { dequeueFirst, enqueue, joinLane, leaveAllLanes, leaveLane } from "./ready-queue.ts";
import {
  type CoreState,
  createReadyQueue,
  type Profile,
  type ReadyQueue,
  type Session,
  TaskClass,
  type Worker,
} from "./state.ts";

/** Duration that is assumed of a class before one was measured. */
const GUESSED_SECONDS = 0.05;
/** Share of the latest duration in the moving average. */
const LEARNING_RATE = 0.1;
const SHORTEST_SECONDS = 1e-6;
const LONGEST_SECONDS = 86_400;

/** The number of a class within its session, a new one for a new combination. */
export function internClass(state: CoreState, session: Session, type: string, cpus: number): number {
  const key = `${cpus} ${type}`;
  let number = session.classNumbers.get(key);
  if (number === undefined) {
    number = session.classes.length;
    session.classNumbers.set(key, number);
    const created = new TaskClass(session, type, cpus, GUESSED_SECONDS);
    session.classes.push(created);
    for (const profile of state.profiles) considerProfile(created, profile);
  }
  return number;
}

/** A profile is new: lets its workers see the ready tasks of the class if they can run them. */
export function considerProfile(taskClass: TaskClass, profile: Profile): void {
  if (taskClass.cpus > profile.cpus || !profile.types.has(taskClass.type)) return;
  taskClass.fits.add(profile);
  joinLane(taskClass.shared, profile.shared);
  for (const queue of taskClass.own.values()) joinLane(queue, profile.stealable);
}

/** The last worker of a profile is gone. */
export function forgetProfile(taskClass: TaskClass, profile: Profile): void {
  if (!taskClass.fits.delete(profile)) return;
  leaveLane(taskClass.shared, profile.shared);
  for (const queue of taskClass.own.values()) leaveLane(queue, profile.stealable);
}

/** The queue of ready tasks that have their inputs on a worker which fits. */
export function ownQueue(taskClass: TaskClass, worker: Worker): ReadyQueue {
  let queue = taskClass.own.get(worker.slot);
  if (queue === undefined) {
    queue = createReadyQueue(taskClass, worker);
    taskClass.own.set(worker.slot, queue);
    joinLane(queue, worker.own);
    for (const profile of taskClass.fits) joinLane(queue, profile.stealable);
  }
  return queue;
}

/** The worker is gone: what waited for it may go anywhere. */
export function shareOwnQueue(taskClass: TaskClass, slot: number): void {
  const queue = taskClass.own.get(slot);
  if (queue === undefined) return;
  while (queue.tasks.length > 0) enqueue(taskClass.shared, dequeueFirst(queue));
  taskClass.own.delete(slot);
}

/** No task of the session will run any more: its ready queues go away with all that is in them. */
export function discardClasses(session: Session): void {
  for (const taskClass of session.classes) {
    leaveAllLanes(taskClass.shared);
    for (const queue of taskClass.own.values()) leaveAllLanes(queue);
  }
  session.classes = [];
  session.classNumbers.clear();
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
