import * as v from "valibot";
import { DURATION, parseDuration, parseSize, SIZE } from "../../units.ts";

/**
 * The values that session files are made of. What a description says comes after "must be" in messages; `about` explains a key in
 * the JSON Schema and in the reference.
 */
export const text = v.pipe(v.string(), v.description("text"));
export const trueOrFalse = v.pipe(v.boolean(), v.description("true or false"));
export const path = v.pipe(v.string(), v.nonEmpty("must not be empty"), v.description("a path"));
export const label = v.pipe(v.string(), v.nonEmpty("must not be empty"), v.description("a label"));
export const contentType = v.pipe(
  v.string(),
  v.description("a content type such as text, json or mime/image/png"),
);
export const dataType = v.pipe(v.picklist(["blob", "dir"]), v.description("blob or dir"));
export const texts = v.pipe(v.record(v.string(), text), v.description("a map from names to texts"));
export const ref = v.pipe(
  v.string(),
  v.description(
    "a reference (the name of an object or a task, or task[0] or task.label for one of several outputs)",
  ),
);

/** A whole number within bounds. */
export function integer(minimum: number) {
  return v.pipe(
    v.number(),
    v.safeInteger("must be a whole number"),
    v.minValue(minimum, `must be at least ${minimum}`),
    v.description("a number"),
  );
}

export const anyInteger = v.pipe(
  v.number(),
  v.safeInteger("must be a whole number"),
  v.description("a number"),
);

export const size = v.pipe(
  v.union([
    integer(1),
    v.pipe(
      v.string(),
      v.regex(SIZE, "is not a size; write 500MB, 1.5GiB or a number of bytes"),
      v.check((size) => !SIZE.test(size) || parseSize(size) >= 1, "must be at least 1 byte"),
    ),
  ]),
  v.description("a size such as 500MB or 1.5GiB"),
);

export const duration = v.pipe(
  v.union([
    v.pipe(v.number(), v.finite("must be finite"), v.gtValue(0, "must be more than 0")),
    v.pipe(
      v.string(),
      v.regex(DURATION, "is not a duration; write 90s, 5m, 1h30m or a number of seconds"),
      v.check((time) => !DURATION.test(time) || parseDuration(time) > 0, "must be more than 0"),
    ),
  ]),
  v.description("a duration such as 90s or 5m"),
);

/**
 * One of these words, or an error that suggests one of them.
 * @param meant what people write instead of them: `{ int: "integer" }`
 */
export function oneOf<const Words extends readonly string[]>(
  words: Words,
  { description, meant }: { description: string; meant: Readonly<Record<string, string>> },
) {
  return v.pipe(v.picklist(words), v.description(description), v.metadata({ meant }));
}

/** Explains what a key is for. */
export function about<Schema extends v.GenericSchema>(schema: Schema, explanation: string) {
  return v.optional(v.pipe(schema, v.metadata({ about: explanation })));
}

/** The same of a key that has to be there. */
export function required<Schema extends v.GenericSchema>(schema: Schema, explanation: string) {
  return v.pipe(schema, v.metadata({ about: explanation }));
}
