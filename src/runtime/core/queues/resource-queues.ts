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
 * Returns the resource queue of a profile for tasks with these needs. A new one stays as long as the profile,
 * since there are few.
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

/** Whether a worker may run tasks of a class, when it is idle. */
export function canRun(worker: Worker, taskClass: TaskClass): boolean {
  const { fits, eligible } = taskClass;
  return fits.has(worker.profile) && (eligible === undefined || eligible.has(worker.slot));
}

/** The queue of a worker for a task class that fits it. */
export function workerQueueOf(worker: Worker, taskClass: TaskClass): WorkerQueue {
  return worker.queues[taskClass.fits.get(worker.profile)!.index];
}

/** Whether the worker has enough free resources other than cpus for one more task of this class. */
export function hasRoom(worker: Worker, { requirements }: TaskClass): boolean {
  return requirements.needs.every(({ resource, amount }) => amount <= freeOf(worker, resource));
}

/** Counts the resources other than cpus of a task as used, or with -1 as free again. */
export function use(worker: Worker, { requirements }: TaskClass, times: 1 | -1): void {
  for (const { resource, amount } of requirements.needs) {
    worker.used.set(resource, (worker.used.get(resource) ?? 0) + times * amount);
  }
}

/** Amount of a resource that no task of the worker uses. */
export function freeOf({ profile, used }: Worker, resource: string): number {
  return totalOf(profile.capacity, resource) - (used.get(resource) ?? 0);
}
