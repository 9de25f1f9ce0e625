import { types } from "node:util";
import { placeIn } from "./json.ts";
import { isPlainObject, wrongArgument } from "./misuse.ts";

const EXPECTED = "a value that structured clone can copy";

/** The classes of JavaScript whose instances structured clone copies. */
const COPIED = new Set(["Date", "RegExp", "Map", "Set", "Boolean", "Number", "String", "BigInt", "Object"]);

interface Fault {
  value: unknown;
  way: (number | string)[];
}

/**
 * Checks that arguments can be sent to a remote function. An instance of a class is sent as its fields.
 * @throws USAGE that names the place of a function, a promise, a stream …; RangeError if it is nested too deep
 */
export function checkCloneable(call: string, args: readonly unknown[]): void {
  const fault = findFault(args, new Set());
  if (fault) throw wrongArgument(call, placeIn("arguments", fault.way.reverse()), EXPECTED, fault.value);
}

function findFault(value: unknown, seen: Set<object>): Fault | undefined {
  if (typeof value === "function" || typeof value === "symbol") return { value, way: [] };
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (Array.isArray(value)) return among(value.entries(), seen);
  if (value instanceof Map)
    return among(numbered(value.values()), seen) ?? among(numbered(value.keys()), seen);
  if (value instanceof Set) return among(numbered(value), seen);
  if (isPlainObject(value)) return among(Object.entries(value), seen);
  if (ArrayBuffer.isView(value) || types.isArrayBuffer(value) || types.isNativeError(value)) return undefined;
  if (isOfPlatform(value)) return { value, way: [] };
  // The fields of an instance are not the user's to change, so the instance itself is named.
  return among(Object.entries(value), seen) && { value, way: [] };
}

function numbered(items: Iterable<unknown>): Iterable<[number, unknown]> {
  return [...items].entries();
}

function among(entries: Iterable<[number | string, unknown]>, seen: Set<object>): Fault | undefined {
  for (const [step, item] of entries) {
    const fault = findFault(item, seen);
    if (!fault) continue;
    fault.way.push(step);
    return fault;
  }
  return undefined;
}

/** Whether a value's content is not in its fields: promises, URLs, streams, generators, weak maps … */
function isOfPlatform(value: object): boolean {
  if (Symbol.asyncIterator in value || "next" in value) return true;
  const name: unknown = value.constructor?.name;
  if (typeof name !== "string" || COPIED.has(name)) return false;
  return Object.getOwnPropertyDescriptor(globalThis, name)?.value === value.constructor;
}
