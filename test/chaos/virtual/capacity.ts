import type { WorkerCapacity } from "../../../src/runtime/model/worker-capacity.ts";
import type { SimulatedTask } from "./session.ts";

/** Whether a worker can run a task when it is idle. */
export function canRun(
  capacity: WorkerCapacity,
  slot: number,
  { kind, cpus, needs }: SimulatedTask,
): boolean {
  const { workers, labels = {} } = kind.where ?? {};
  return (
    (kind.shipped || capacity.types.has(kind.type)) &&
    cpus <= capacity.cpus &&
    [...needs].every(([name, amount]) => amount <= totalOf(capacity, name)) &&
    (workers === undefined || workers.includes(slot)) &&
    Object.entries(labels).every(([name, value]) => capacity.labels[name] === value)
  );
}

/** Whether the worker has free resources for a task beside these. */
export function hasRoom(
  capacity: WorkerCapacity,
  { cpus, needs }: SimulatedTask,
  beside: readonly SimulatedTask[],
): boolean {
  const fits = (amount: number, total: number, of: (task: SimulatedTask) => number) =>
    beside.reduce((sum, task) => sum + of(task), amount) <= total;
  return (
    fits(cpus, capacity.cpus, (task) => task.cpus) &&
    [...needs].every(([name, amount]) =>
      fits(amount, totalOf(capacity, name), (task) => task.needs.get(name) ?? 0),
    )
  );
}

function totalOf({ memory = Number.POSITIVE_INFINITY, named }: WorkerCapacity, name: string): number {
  return name === "memory" ? memory : (named[name] ?? 0);
}
