import type { CoreState, TaskClass, Worker } from "../data/state.ts";
import { touch } from "./dirty.ts";
import { joinLane, leaveAllLanes } from "./ready-queue.ts";
import { stallOf } from "./resource-queues.ts";

/** Gives the seats of a class to the workers that it does not avoid, or to all that can run it when there are no others. */
export function reseat(state: CoreState, taskClass: TaskClass, gone?: Worker): void {
  const { demand, fits, shared } = taskClass;
  const able = state.workers.filter((worker) => {
    if (worker === undefined || worker === gone || !fits.has(worker.profile)) return false;
    return demand.workers?.has(worker.slot) ?? true;
  }) as Worker[];
  const others = able.filter(({ slot }) => !demand.avoid?.has(slot));
  const seated = others.length > 0 ? others : able;
  leaveAllLanes(shared);
  taskClass.seats = new Set(seated.map(({ slot }) => slot));
  for (const worker of seated) {
    joinLane(shared, stallOf(worker, taskClass).own);
    if (shared.tasks.length > 0) touch(state, worker);
  }
}
