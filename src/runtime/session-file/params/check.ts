import { describeValue } from "../reading/plain-values.ts";
import type { Param } from "./param.ts";

const KINDS: Record<Param["type"], { is: (value: unknown) => boolean; expected: string }> = {
  string: { is: (value) => typeof value === "string", expected: "text" },
  path: { is: (value) => typeof value === "string" && value !== "", expected: "a path" },
  integer: { is: (value) => Number.isSafeInteger(value), expected: "an integer" },
  number: { is: (value) => Number.isFinite(value), expected: "a number" },
  boolean: { is: (value) => typeof value === "boolean", expected: "true or false" },
  list: { is: Array.isArray, expected: "a list" },
};

/** What is wrong with a value of a parameter, to be put after its name; `undefined` if nothing is. */
export function faultOf(param: Param, value: unknown): string | undefined {
  const { type, minimum, maximum, enum: allowed } = param;
  const { is, expected } = KINDS[type];
  if (!is(value)) return `must be ${expected}, not ${describeValue(value)}`;
  if (allowed && !allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))) {
    return `must be one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}, not ${JSON.stringify(value)}`;
  }
  const measured = Array.isArray(value) ? value.length : value;
  if (typeof measured !== "number") return undefined;
  const unit = type === "list" ? " entries" : "";
  if (minimum !== undefined && measured < minimum)
    return `must be at least ${minimum}${unit}, not ${measured}`;
  if (maximum !== undefined && measured > maximum)
    return `must be at most ${maximum}${unit}, not ${measured}`;
  return undefined;
}
