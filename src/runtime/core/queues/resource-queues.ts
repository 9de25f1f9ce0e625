import { type Need, totalOf } from "../data/requirements.ts";
import { type CoreState, Market, type Profile, Stall, type TaskClass, type Worker } from "../data/state.ts";
import { touch } from "./dirty.ts";

/** The market of a profile for tasks with these needs. A new one stays as long as the profile: there are few. */
export function marketFor(state: CoreState, profile: Profile, needs: readonly Need[]): Market {
  const known = profile.markets.find(({ resources }) => isFor(resources, needs));
  if (known !== undefined) return known;
  const market = new Market(
    profile.markets.length,
    needs.map(({ resource }) => resource),
  );
  profile.markets.push(market);
  for (const worker of state.workers) {
    if (worker?.profile !== profile) continue;
    worker.stalls.push(new Stall(market, worker));
    touch(state, worker);
  }
  return market;
}

function isFor(resources: readonly string[], needs: readonly Need[]): boolean {
  return resources.length === needs.length && needs.every(({ resource }, i) => resource === resources[i]);
}

/** Whether a worker may ever run tasks of a class. */
export function canRun(worker: Worker, taskClass: TaskClass): boolean {
  const { fits, seats } = taskClass;
  return fits.has(worker.profile) && (seats === undefined || seats.has(worker.slot));
}

/** Where the tasks of a class that fits stand on a worker. */
export function stallOf(worker: Worker, taskClass: TaskClass): Stall {
  return worker.stalls[taskClass.fits.get(worker.profile)!.index];
}

/** Whether the tasks that the worker has leave enough of everything but cpus for one of this class. */
export function hasRoom(worker: Worker, { demand }: TaskClass): boolean {
  return demand.needs.every(({ resource, amount }) => amount <= freeOf(worker, resource));
}

/** Takes what a task needs besides cpus, or with -1 gives it back. */
export function use(worker: Worker, { demand }: TaskClass, times: 1 | -1): void {
  for (const { resource, amount } of demand.needs) {
    worker.used.set(resource, (worker.used.get(resource) ?? 0) + times * amount);
  }
}

/** How much of a resource no task of the worker takes. */
export function freeOf({ profile, used }: Worker, resource: string): number {
  return totalOf(profile.capacity, resource) - (used.get(resource) ?? 0);
}
