import { types } from "node:util";
import { isPlainObject, misuse, wrongArgument } from "./misuse.ts";

/** Messages may be nested 128 deep, including their own levels. */
const MAX_DEPTH = 100;

/**
 * Checks that a value can be sent: it may contain JSON values, `undefined`, bytes and typed arrays.
 * @param hintFor what to do about a value that cannot be sent
 * @throws USAGE that names the place within the value
 */
export function checkJson(
  call: string,
  argument: string,
  value: unknown,
  hintFor: (fault: unknown) => string | undefined = () => undefined,
): void {
  const path: (string | number)[] = [];
  const fault = findFault(value, path);
  if (!fault) return;
  const place = placeIn(argument, path.reverse());
  if (fault.tooDeep) {
    throw misuse(`${call}: ${argument}: it contains itself, or is nested more than ${MAX_DEPTH} deep`);
  }
  throw wrongArgument(call, place, "a JSON value or bytes", fault.value, hintFor(fault.value));
}

/** Writes a place as a program would: `config.list[0]`. */
export function placeIn(argument: string, path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `${text}.${step}` : `${text}[${JSON.stringify(step)}]`;
  }, argument);
}

interface Fault {
  value: unknown;
  tooDeep: boolean;
}

/** Adds the steps to a fault to `path`, the last one first. */
function findFault(value: unknown, path: (string | number)[], depth = 0): Fault | undefined {
  if (typeof value !== "object") return isPlainScalar(value) ? undefined : { value, tooDeep: false };
  if (value === null || isNumbers(value)) return undefined;
  if (depth === MAX_DEPTH) return { value, tooDeep: true };
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const fault = findFault(value[i], path, depth + 1);
      if (!fault) continue;
      path.push(i);
      return fault;
    }
    return undefined;
  }
  if (!isPlainObject(value)) return { value, tooDeep: false };
  for (const key of Object.keys(value)) {
    const fault = findFault(value[key], path, depth + 1);
    if (!fault) continue;
    path.push(key);
    return fault;
  }
  return undefined;
}

function isPlainScalar(value: unknown): boolean {
  return typeof value !== "function" && typeof value !== "symbol" && typeof value !== "bigint";
}

/** Bytes, or a typed array of numbers. Arrays of BigInts and subclasses have no form in messages. */
function isNumbers(value: object): boolean {
  if (!types.isTypedArray(value) || types.isBigInt64Array(value) || types.isBigUint64Array(value))
    return false;
  const name = value.constructor.name;
  return value instanceof Buffer || name === value[Symbol.toStringTag];
}
