import type { GraphKind } from "../../model/graph.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";

/** Name of the memory among the resources of a worker. No named resource has this name. */
export const MEMORY = "memory";

/** The amount of a resource other than cpus that a task needs. */
export interface Need {
  readonly resource: string;
  readonly amount: number;
}

/**
 * The requirements of a task on its worker, and its priority. Tasks of one session with equal requirements
 * form a task class.
 */
export interface Requirements {
  readonly type: string;
  /** The task's code is shipped, so workers that do not offer the type can run it too. */
  readonly shipped: boolean;
  readonly cpus: number;
  /** Sorted by resource name. */
  readonly needs: readonly Need[];
  /** If present, only the workers in these slots may run the task. */
  readonly workers: ReadonlySet<number> | undefined;
  /** Workers in these slots may run the task only if no other worker can. */
  readonly avoid: ReadonlySet<number> | undefined;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly priority: number;
}

export function requirementsOf({
  type,
  shipped = false,
  resources,
  where,
  priority = 0,
}: GraphKind): Requirements {
  const { cpus, memory = 0, named = {} } = resources;
  const needs = Object.entries({ ...named, [MEMORY]: memory })
    .filter(([, amount]) => amount > 0)
    .map(([resource, amount]) => ({ resource, amount }))
    .sort((one, other) => (one.resource < other.resource ? -1 : 1));
  const labels = Object.entries(where?.labels ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const workers = where?.workers && new Set(where.workers);
  return { type, shipped, cpus, needs, workers, avoid: undefined, labels, priority };
}

/** A string that is equal for equal requirements. */
export function keyOf(requirements: Requirements): string {
  const { type, shipped, cpus, needs, workers, avoid, labels, priority } = requirements;
  const plain = `${cpus} ${priority} ${shipped} ${type}`;
  if (needs.length === 0 && !workers && !avoid && labels.length === 0) return plain;
  const sorted = (slots: ReadonlySet<number> = new Set()) => [...slots].sort((one, other) => one - other);
  const amounts = needs.map(({ resource, amount }) => [resource, amount]);
  return JSON.stringify([plain, amounts, workers && sorted(workers), labels, sorted(avoid)]);
}

/** Total amount of a resource that a worker has. */
export function totalOf({ memory, named }: WorkerCapacity, resource: string): number {
  if (resource === MEMORY) return memory ?? Number.POSITIVE_INFINITY;
  return Object.hasOwn(named, resource) ? named[resource] : 0;
}

/** Whether a task type is among these names. `mine/*` includes every type that begins with `mine/`. */
export function offers(names: { has(name: string): boolean }, type: string): boolean {
  return names.has(type) || names.has(type.replace(/\/.*/, "/*"));
}

/** Whether a worker with this capacity can run such tasks. Ignores `workers` and `avoid`. */
export function fits(
  { type, shipped, cpus, needs, labels }: Requirements,
  capacity: WorkerCapacity,
): boolean {
  return (
    cpus <= capacity.cpus &&
    (shipped || offers(capacity.types, type)) &&
    needs.every(({ resource, amount }) => amount <= totalOf(capacity, resource)) &&
    labels.every(([name, value]) => hasLabel(capacity, name, value))
  );
}

/** The reasons why a worker can never run such tasks, as text for users. Empty if it can. */
export function unmetRequirements(
  requirements: Requirements,
  capacity: WorkerCapacity,
  slot: number,
): string[] {
  const { type, shipped, cpus, needs, workers, labels } = requirements;
  const reasons: string[] = [];
  if (workers !== undefined && !workers.has(slot)) {
    reasons.push(`is not among the workers named (${[...workers].join(", ")})`);
  }
  if (!shipped && !offers(capacity.types, type)) reasons.push(`does not offer the task type ${type}`);
  if (cpus > capacity.cpus) reasons.push(`has ${capacity.cpus} of the ${cpus} cpus needed`);
  for (const { resource, amount } of needs) {
    const total = totalOf(capacity, resource);
    if (amount <= total) continue;
    if (resource === MEMORY) {
      reasons.push(`has ${formatBytes(total)} of the ${formatBytes(amount)} of memory needed`);
    } else {
      reasons.push(
        total === 0 ? `lacks the resource ${resource}` : `has ${total} of the ${amount} ${resource} needed`,
      );
    }
  }
  for (const [name, value] of labels) {
    if (!hasLabel(capacity, name, value)) reasons.push(`lacks the label ${name}=${value}`);
  }
  return reasons;
}

function hasLabel({ labels }: WorkerCapacity, name: string, value: string): boolean {
  return Object.hasOwn(labels, name) && labels[name] === value;
}

function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}
