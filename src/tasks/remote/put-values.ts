import { TaskError } from "../../runtime/plugin/contract/index.ts";

type Step = number | string;

/**
 * Puts values at places within the arguments of a function: indexes of lists, keys of objects, positions in maps
 * and sets.
 * @throws TaskError for a place that does not exist
 */
export function putValues(
  args: unknown[],
  places: readonly (readonly Step[])[],
  values: readonly unknown[],
): void {
  /** Items of sets are replaced together at the end, since a set keeps the order of insertion. */
  const sets = new Map<Set<unknown>, unknown[]>();
  for (const [i, place] of places.entries()) {
    let container: unknown = args;
    for (const step of place.slice(0, -1)) container = itemAt(container, step);
    put(container, place.at(-1) ?? 0, values[i], sets);
  }
  for (const [set, items] of sets) {
    set.clear();
    for (const item of items) set.add(item);
  }
}

function itemAt(container: unknown, step: Step): unknown {
  if (container instanceof Map) return [...container.values()][Number(step)];
  if (container instanceof Set) return [...container][Number(step)];
  return isFields(container) && Object.hasOwn(container, step) ? container[step] : noPlace(step);
}

function put(container: unknown, step: Step, value: unknown, sets: Map<Set<unknown>, unknown[]>): void {
  if (container instanceof Map) {
    const keys = [...container.keys()];
    container.set(keys[Number(step)], value);
  } else if (container instanceof Set) {
    const items = sets.get(container) ?? [...container];
    items[Number(step)] = value;
    sets.set(container, items);
  } else if (isFields(container) && Object.hasOwn(container, step)) {
    // Not by assignment, which would change the prototype for the key `__proto__`.
    Object.defineProperty(container, step, { value, enumerable: true, writable: true, configurable: true });
  } else {
    noPlace(step);
  }
}

function isFields(value: unknown): value is Record<Step, unknown> {
  return typeof value === "object" && value !== null;
}

function noPlace(step: Step): never {
  throw new TaskError(`the arguments have no place ${JSON.stringify(step)} for the value of an input`);
}
