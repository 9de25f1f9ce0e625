import type { CoreState, TaskClass, Worker } from "../data/state.ts";
import { markDirty } from "./dirty.ts";
import { joinQueue, leaveAllQueues } from "./ready-queue.ts";
import { workerQueueOf } from "./resource-queues.ts";

/** Gives the eligible workers of a class to the workers that it does not avoid, or to all that can run it when there are no others. */
export function updateEligible(state: CoreState, taskClass: TaskClass, gone?: Worker): void {
  const { requirements, fits, shared } = taskClass;
  const able = state.workers.filter((worker) => {
    if (worker === undefined || worker === gone || !fits.has(worker.profile)) return false;
    return requirements.workers?.has(worker.slot) ?? true;
  }) as Worker[];
  const others = able.filter(({ slot }) => !requirements.avoid?.has(slot));
  const seated = others.length > 0 ? others : able;
  leaveAllQueues(shared);
  taskClass.eligible = new Set(seated.map(({ slot }) => slot));
  for (const worker of seated) {
    joinQueue(shared, workerQueueOf(worker, taskClass).own);
    if (shared.tasks.length > 0) markDirty(state, worker);
  }
}
