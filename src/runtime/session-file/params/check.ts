import { describeValue } from "../reading/plain-values.ts";
import { explainLostDigits, explainRewritten, losesDigits, writtenAt } from "../reading/written-numbers.ts";
import type { Param } from "./param.ts";

const KINDS: Record<Param["type"], { is: (value: unknown) => boolean; expected: string }> = {
  string: { is: (value) => typeof value === "string", expected: "text" },
  path: { is: (value) => typeof value === "string" && value !== "", expected: "a path" },
  integer: { is: (value) => Number.isInteger(value), expected: "an integer" },
  number: { is: (value) => Number.isFinite(value), expected: "a number" },
  boolean: { is: (value) => typeof value === "boolean", expected: "true or false" },
  list: { is: Array.isArray, expected: "a list" },
};

/**
 * What is wrong with a value of a parameter, to be put after its name; `undefined` if nothing is.
 * @param written the text of a number, if it would not be written the same again
 */
export function faultOf(param: Param, value: unknown, written?: string): string | undefined {
  const { type, minimum, maximum, enum: allowed } = param;
  const { is, expected } = KINDS[type];
  if (!is(value)) {
    const quotes = type === "string" && typeof value === "number" ? "; put it in quotes" : "";
    return `must be ${expected}, not ${written ?? describeValue(value)}${quotes}`;
  }
  if (typeof value === "number" && losesDigits(value, written ?? String(value))) {
    return `cannot be this number: ${explainLostDigits(value, written ?? String(value))}, as a parameter of type string`;
  }
  if (allowed && !allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))) {
    return `must be one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}, not ${JSON.stringify(value)}`;
  }
  const measured = Array.isArray(value) ? value.length : value;
  if (typeof measured === "number") {
    const unit = type === "list" ? " entries" : "";
    if (minimum !== undefined && measured < minimum)
      return `must be at least ${minimum}${unit}, not ${measured}`;
    if (maximum !== undefined && measured > maximum)
      return `must be at most ${maximum}${unit}, not ${measured}`;
  }
  return Array.isArray(value) ? entryFault(param, value) : undefined;
}

/** What is wrong with the entries of a list. Expressions make text of them, so they must be written as they will be. */
function entryFault(param: Param, list: readonly unknown[]): string | undefined {
  const { name, items } = param;
  for (const [index, entry] of list.entries()) {
    const written = writtenAt(list, index);
    const fault = items && faultOf({ name, type: items }, entry, written);
    if (fault) return `has entry ${index + 1}, which ${fault}`;
    if (written !== undefined) {
      const texts = items === undefined ? ', or declare the parameter with "items: string"' : "";
      return `has entry ${index + 1}, which is wrong: ${explainRewritten(entry, written)}${texts}`;
    }
    const inner = Array.isArray(entry) ? entryFault({ name, type: "list" }, entry) : undefined;
    if (inner) return `has entry ${index + 1}, which ${inner}`;
  }
  return undefined;
}
