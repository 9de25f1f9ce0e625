import * as v from "valibot";
import type { ErrorDetails, ErrorJson } from "../../errors.ts";

/*
 * The values in messages. A schema with a type annotation is a fast check written by hand, or has a type that `errors` or `model`
 * declares without schemas.
 */

/** A count or an index: 0, 1, 2, … */
export const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Number of a task or an object within its session. */
export const uint32 = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffffffff));
/** Seconds, cpus and other measures. */
export const measure = v.pipe(v.number(), v.finite(), v.minValue(0));

/** A point of time in ISO 8601 with a zone, such as `2026-01-31T14:02:07.250Z`, on the server's clock. */
export const isoTime = v.pipe(v.string(), v.isoTimestamp());

/** A name or a reference, short enough to be compared, quoted and logged. */
export const shortText = v.pipe(v.string(), v.maxLength(4096, "expected at most 4096 characters"));

export const numbers: v.GenericSchema<unknown, Uint32Array> = v.instance(Uint32Array);
/** Seconds of each task. Checked in a plain loop, since there is one entry per task. */
export const durations: v.GenericSchema<unknown, Float32Array> = v.pipe(
  v.instance(Float32Array),
  v.check(
    (column) => column.every((seconds) => seconds >= 0 && seconds < Infinity),
    "a time is not a number of seconds",
  ),
);
export const doubles: v.GenericSchema<unknown, Float64Array> = v.instance(Float64Array);
export const bytes: v.GenericSchema<unknown, Uint8Array> = v.instance(Uint8Array);
export const nothing: v.GenericSchema<unknown, Record<string, never>> = v.strictObject({});

export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hex"));

/** A `dir` is sent as a tar. */
export const dataType = v.picklist(["blob", "dir"]);
export type DataType = v.InferOutput<typeof dataType>;

/** What a blob keeps of the file that it was made from. */
export const fileFacts = v.object({
  /** When it was modified, in milliseconds since the epoch. */
  modifiedAt: v.pipe(v.number(), v.finite()),
  executable: v.boolean(),
});
export type FileFacts = v.InferOutput<typeof fileFacts>;

/** Checks every entry in a plain loop, since such lists can have an entry per task. */
export function longList<T>(
  what: string,
  isEntry: (value: unknown) => value is T,
): v.GenericSchema<unknown, T[]> {
  return v.custom<T[]>((value) => Array.isArray(value) && value.every(isEntry), `expected a list of ${what}`);
}

export const texts = longList("texts", (value) => typeof value === "string");
export const byteStrings = longList<Uint8Array>("byte strings", (value) => value instanceof Uint8Array);

const details: v.GenericSchema<unknown, ErrorDetails> = v.pipe(
  v.record(v.string(), v.unknown(), "expected an object"),
  v.check((value) => !Array.isArray(value), "expected an object"),
);

export const errorJson: v.GenericSchema<unknown, ErrorJson> = v.object({
  // Accepts codes of newer peers. `RainError.fromJSON` handles them.
  code: v.pipe(
    v.string("expected a text"),
    v.transform((code) => code as ErrorJson["code"]),
  ),
  message: v.string(),
  hint: v.optional(v.string()),
  details: v.optional(details),
});
