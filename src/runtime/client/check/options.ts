/* Checks arguments and options of the API's functions, which programs without types may get wrong. */

import * as v from "valibot";
import { didYouMean } from "../../plugin/suggest.ts";
import { checkJson } from "./json.ts";
import { isPlainObject, misuse, wrongArgument } from "./misuse.ts";

/** A schema whose messages say what is expected: "a text". */
type Schema = v.GenericSchema<unknown, unknown>;

/** An object with at most these keys. */
export function keys<const Entries extends v.ObjectEntries>(entries: Entries, expected: string) {
  const names = Object.keys(entries);
  const strict = v.strictObject(entries, (issue) => {
    if (issue.expected !== "never") return expected;
    const name = String(issue.input);
    return `is unknown${didYouMean(name, names) || `; there are ${names.join(", ")}`}`;
  });
  // Rejects lists and instances of classes, such as maps, which have no keys of their own.
  return v.pipe(v.custom<Record<string, unknown>>(isPlainObject, expected), strict);
}

/** An object with any keys. */
export function record(item: v.GenericSchema<unknown, unknown>, expected: string) {
  return v.pipe(v.custom<Record<string, unknown>>(isPlainObject, expected), v.record(v.string(), item));
}

/** The options of a function, all of them optional. */
export function options<const Entries extends v.ObjectEntries>(entries: Entries) {
  return keys(entries, "an object with options");
}

/** One schema for plain objects, another one for other values, so that the issue is that of the value. */
export function plainOr(object: Schema, other: Schema): Schema {
  return v.lazy((input) => (isPlainObject(input) ? object : other));
}

/** @throws USAGE that names the function, the place in the argument and what is expected */
export function checkArgument(call: string, argument: string, schema: Schema, value: unknown): void {
  const { issues } = v.safeParse(schema, value, { abortEarly: true });
  if (!issues) return;
  const [issue] = issues;
  const place = (issue.path ?? []).reduce(
    (text, { key }) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`),
    argument,
  );
  if (issue.type === "strict_object") {
    throw misuse(`${call}: ${place} ${issue.expected === "never" ? issue.message : "is missing"}`);
  }
  throw wrongArgument(call, place, issue.message, issue.input);
}

/** Also checks the option `user`, which may be any JSON value. @throws as `checkArgument` */
export function checkOptions(call: string, schema: Schema, given: object): void {
  checkArgument(call, "options", schema, given);
  if ("user" in given && given.user !== undefined) checkJson(call, "options.user", given.user);
}
