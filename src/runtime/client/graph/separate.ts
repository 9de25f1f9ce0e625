/* Separates data objects and tasks from the values among which they stand, at any depth. */

import { types } from "node:util";
import { placeIn } from "../check/json.ts";
import { isPlainObject, misuse } from "../check/misuse.ts";
import { objectOf } from "./inputs.ts";
import { type DataObject, isObjectLike } from "./values.ts";

/** The way to a value: indexes of lists, keys of objects, positions in maps and sets. */
export type Place = (number | string)[];

export interface Separated {
  /** The same value, with `null` in place of each object. Copied only where it contains objects. */
  value: unknown;
  /** The objects, in order, each with its place. */
  objects: DataObject[];
  places: Place[];
}

/**
 * Replaces the objects in lists and plain objects, and, if `wide`, also in maps, sets and instances of classes.
 * @throws USAGE for a task without exactly one output, and for an object as the key of a map
 */
export function separate(call: string, argument: string, value: unknown, wide: boolean): Separated {
  if (!containsObject(value, wide, new Set())) return { value, objects: [], places: [] };
  const separator = new Separator(call, argument, wide);
  return { value: separator.copy(value), objects: separator.objects, places: separator.places };
}

function containsObject(value: unknown, wide: boolean, seen: Set<object>): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  if (isObjectLike(value)) return true;
  seen.add(value);
  if (Array.isArray(value)) return value.some((item) => containsObject(item, wide, seen));
  if (wide && value instanceof Map) {
    for (const [key, item] of value) {
      if (containsObject(key, wide, seen) || containsObject(item, wide, seen)) return true;
    }
    return false;
  }
  if (wide && value instanceof Set) return [...value].some((item) => containsObject(item, wide, seen));
  if (!hasFields(value, wide)) return false;
  return Object.values(value).some((item) => containsObject(item, wide, seen));
}

/** Whether a value is an object whose own fields are its content. */
function hasFields(value: object, wide: boolean): boolean {
  if (isPlainObject(value)) return true;
  return wide && !ArrayBuffer.isView(value) && !types.isNativeError(value);
}

class Separator {
  readonly objects: DataObject[] = [];
  readonly places: Place[] = [];
  readonly #call: string;
  readonly #argument: string;
  readonly #wide: boolean;
  /** The way to the current value. */
  readonly #way: Place = [];
  /** The copy of each container, so that shared ones stay shared, and cycles end. */
  readonly #copies = new Map<object, unknown>();

  constructor(call: string, argument: string, wide: boolean) {
    this.#call = call;
    this.#argument = argument;
    this.#wide = wide;
  }

  copy(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (isObjectLike(value)) {
      this.objects.push(objectOf(this.#call, placeIn(this.#argument, this.#way), value));
      this.places.push([...this.#way]);
      return null;
    }
    if (this.#copies.has(value)) return this.#copies.get(value);
    if (Array.isArray(value)) return this.#list(value);
    if (this.#wide && value instanceof Map) return this.#map(value);
    if (this.#wide && value instanceof Set) return this.#set(value);
    if (isPlainObject(value)) return this.#fields(value);
    // An instance of a class is copied, and so loses its class, only where it must be.
    return hasFields(value, this.#wide) && containsObject(value, this.#wide, new Set())
      ? this.#fields(value)
      : value;
  }

  #list(list: readonly unknown[]): unknown[] {
    const copy: unknown[] = [];
    this.#copies.set(list, copy);
    list.forEach((item, index) => {
      copy[index] = this.#at(index, item);
    });
    copy.length = list.length;
    return copy;
  }

  #map(map: ReadonlyMap<unknown, unknown>): Map<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    this.#copies.set(map, copy);
    let index = 0;
    for (const [key, item] of map) {
      if (containsObject(key, this.#wide, new Set())) {
        const place = placeIn(this.#argument, this.#way);
        throw misuse(`${this.#call}: ${place}: a data object or task cannot be the key of a Map`);
      }
      copy.set(key, this.#at(index, item));
      index++;
    }
    return copy;
  }

  /** The items that take the places of objects differ, since a set has each value once. */
  #set(set: ReadonlySet<unknown>): Set<unknown> {
    const copy = new Set<unknown>();
    this.#copies.set(set, copy);
    let index = 0;
    for (const item of set) {
      const copied = this.#at(index, item);
      copy.add(isObjectLike(item) ? { gap: index } : copied);
      index++;
    }
    return copy;
  }

  #fields(value: object): object {
    const copy = {};
    this.#copies.set(value, copy);
    for (const [key, item] of Object.entries(value)) {
      // Not by assignment, which would change the prototype for the key `__proto__`.
      const property = { value: this.#at(key, item), enumerable: true, writable: true, configurable: true };
      Object.defineProperty(copy, key, property);
    }
    return copy;
  }

  #at(step: number | string, item: unknown): unknown {
    this.#way.push(step);
    const copy = this.copy(item);
    this.#way.pop();
    return copy;
  }
}
