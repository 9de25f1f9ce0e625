import * as v from "valibot";
import type { ErrorDetails, ErrorJson } from "../../errors.ts";

/** A count or a number of something: 0, 1, 2, … */
export const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Number of a task or an object within its session. */
export const uint32 = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffffffff));
/** Seconds, cpus and other measures. */
export const measure = v.pipe(v.number(), v.finite(), v.minValue(0));

/** A name or a reference: so short that it can be compared, quoted and logged without a thought. */
export const shortText = v.pipe(v.string(), v.maxLength(4096, "expected at most 4096 characters"));

export const numbers = v.instance(Uint32Array);
export const floats = v.instance(Float32Array);
/** Seconds of each of many tasks. By hand: there is one per task. */
export const durations = v.pipe(
  floats,
  v.check(
    (column) => column.every((seconds) => seconds >= 0 && seconds < Infinity),
    "a time is no number of seconds",
  ),
);
export const doubles = v.instance(Float64Array);
export const bytes = v.instance(Uint8Array);
export const nothing = v.strictObject({});

export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hex"));

export const dataType = v.picklist(["blob", "dir"]);

/** Checks every entry in a plain loop: such lists can have an entry per task. */
export function longList<T>(
  what: string,
  isEntry: (value: unknown) => value is T,
): v.GenericSchema<unknown, T[]> {
  return v.custom<T[]>((value) => Array.isArray(value) && value.every(isEntry), `expected a list of ${what}`);
}

export const texts = longList("texts", (value) => typeof value === "string");
export const byteStrings = longList("byte strings", (value) => value instanceof Uint8Array);

const details = v.custom<ErrorDetails>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "expected an object",
);

export const errorJson = v.object({
  // Codes of a newer peer are let through; `RainError.fromJSON` knows what to do with them.
  code: v.custom<ErrorJson["code"]>((value) => typeof value === "string", "expected a text"),
  message: v.string(),
  hint: v.optional(v.string()),
  details: v.optional(details),
});
