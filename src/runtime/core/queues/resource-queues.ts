import { type Need, totalOf } from "../data/requirements.ts";
import {
  type CoreState,
  markDirty,
  type Profile,
  ResourceQueue,
  type TaskClass,
  type Worker,
  WorkerQueue,
} from "../data/state.ts";

/**
 * Answers the resource queue of a profile for tasks with these needs. A new one stays as long as the profile:
 * there are few.
 */
export function resourceQueueFor(state: CoreState, profile: Profile, needs: readonly Need[]): ResourceQueue {
  const known = profile.resourceQueues.find(({ resources }) => isFor(resources, needs));
  if (known !== undefined) return known;
  const resourceQueue = new ResourceQueue(
    profile.resourceQueues.length,
    needs.map(({ resource }) => resource),
  );
  profile.resourceQueues.push(resourceQueue);
  for (const worker of state.workers) {
    if (worker?.profile !== profile) continue;
    worker.queues.push(new WorkerQueue(resourceQueue, worker));
    markDirty(state, worker);
  }
  return resourceQueue;
}

function isFor(resources: readonly string[], needs: readonly Need[]): boolean {
  return resources.length === needs.length && needs.every(({ resource }, i) => resource === resources[i]);
}

/** Whether a worker is eligible for the tasks of a class. */
export function canRun(worker: Worker, taskClass: TaskClass): boolean {
  const { fits, eligible } = taskClass;
  return fits.has(worker.profile) && (eligible === undefined || eligible.has(worker.slot));
}

/** Answers the worker queue for a class that fits the worker. */
export function workerQueueOf(worker: Worker, taskClass: TaskClass): WorkerQueue {
  return worker.queues[taskClass.fits.get(worker.profile)!.index];
}

/** Whether the worker has enough free resources, cpus aside, for a task of this class. */
export function hasRoom(worker: Worker, { requirements }: TaskClass): boolean {
  return requirements.needs.every(({ resource, amount }) => amount <= freeOf(worker, resource));
}

/** Takes the resources besides cpus that a task needs, or gives them back with -1. */
export function use(worker: Worker, { requirements }: TaskClass, times: 1 | -1): void {
  for (const { resource, amount } of requirements.needs) {
    worker.used.set(resource, (worker.used.get(resource) ?? 0) + times * amount);
  }
}

/** The free amount of a resource. */
export function freeOf({ profile, used }: Worker, resource: string): number {
  return totalOf(profile.capacity, resource) - (used.get(resource) ?? 0);
}
