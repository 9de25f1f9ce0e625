import type { Resources } from "../model/resources.ts";

/** The resources of a worker. */
export interface WorkerResources {
  cpus: number;
  /** Bytes. Absent if memory is not limited. */
  memory?: number | undefined;
  /** The numbers of the units of each named resource. Tasks are told the numbers of their units. */
  named: Readonly<Record<string, readonly number[]>>;
}

/** The resources that a task uses while it runs, in a form that is fast to check. */
export interface Needs {
  readonly cpus: number;
  /** Amounts of other resources. Memory is in bytes. */
  readonly others: readonly (readonly [resource: string, amount: number])[];
}

/** The numbers of the units that a task uses, by resource. */
export type Units = Readonly<Record<string, readonly number[]>>;

/** Name of the memory among the resources. The server rejects named resources with this name. */
const MEMORY = "memory";
const NO_UNITS: Units = Object.freeze({});

export function needsOf({ cpus, memory = 0, named = {} }: Resources): Needs {
  return { cpus, others: Object.entries({ ...named, [MEMORY]: memory }).filter(([, amount]) => amount > 0) };
}

/** The free resources of a worker. */
export class ResourcePool {
  readonly #total: WorkerResources;
  #cpus: number;
  #memory: number;
  readonly #named: Map<string, number[]>;

  constructor(total: WorkerResources) {
    this.#total = total;
    this.#cpus = total.cpus;
    this.#memory = total.memory ?? Number.POSITIVE_INFINITY;
    this.#named = new Map(Object.entries(total.named).map(([name, units]) => [name, [...units]]));
  }

  hasCpus(cpus: number): boolean {
    return cpus <= this.#cpus;
  }

  has(resource: string, amount: number): boolean {
    if (resource === MEMORY) return amount <= this.#memory;
    return amount <= (this.#named.get(resource)?.length ?? 0);
  }

  take({ cpus, others }: Needs): Units {
    this.#cpus -= cpus;
    if (others.length === 0) return NO_UNITS;
    const taken: Record<string, readonly number[]> = {};
    for (const [resource, amount] of others) {
      if (resource === MEMORY) this.#memory -= amount;
      else taken[resource] = this.#named.get(resource)?.splice(0, amount) ?? [];
    }
    return taken;
  }

  give({ cpus, others }: Needs, taken: Units): void {
    this.#cpus += cpus;
    for (const [resource, amount] of others) {
      if (resource === MEMORY) this.#memory += amount;
      else this.#named.get(resource)?.push(...taken[resource]);
    }
    // Tasks get the lowest free numbers first, in whatever order units were freed.
    for (const name of Object.keys(taken)) this.#named.get(name)?.sort((one, other) => one - other);
  }

  /** Describes what the worker lacks for such a task even when it is idle. `undefined` if it lacks nothing. */
  shortage({ cpus, others }: Needs): string | undefined {
    const { memory = Number.POSITIVE_INFINITY, named } = this.#total;
    if (cpus > this.#total.cpus) return `it needs ${cpus} cpus, the worker has ${this.#total.cpus}`;
    for (const [resource, amount] of others) {
      const total =
        resource === MEMORY ? memory : Object.hasOwn(named, resource) ? named[resource].length : 0;
      if (amount > total) return `it needs ${amount} of ${resource}, the worker has ${total}`;
    }
    return undefined;
  }
}
