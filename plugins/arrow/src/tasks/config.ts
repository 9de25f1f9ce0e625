import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";

/** An object with exactly these keys. Its error messages list them. */
export function keys<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === "never") return `unknown key; the keys are ${Object.keys(entries).join(", ")}`;
    if (issue.expected === "Object")
      return `an object is expected with the keys ${Object.keys(entries).join(", ")}`;
    return "this key is missing";
  });
}

/**
 * The config of a task type: its schema, and the JSON Schema made from it.
 * @param shown a schema that accepts the same, for one with a part that depends on the value
 */
export function configured<const Schema extends v.GenericSchema>(
  config: Schema,
  shown: v.GenericSchema = config,
) {
  // JSON Schema cannot express checks. Only the schema itself makes them.
  return { config, configJsonSchema: toJsonSchema(shown, { typeMode: "input", ignoreActions: ["check"] }) };
}

/** Like `configured`, for an optional config. */
export function optionally<const Schema extends v.GenericSchema<Record<string, unknown>, unknown>>(
  schema: Schema,
) {
  const { configJsonSchema } = configured(schema);
  return { config: v.optional(schema, {} as v.InferInput<Schema>), configJsonSchema };
}

const name = v.pipe(v.string(), v.minLength(1, "the name of a column is expected"));

/** The name of a column, with a description of its purpose. */
export const column = (description: string) => v.pipe(name, v.description(description));

export const columnNames = (description: string) =>
  v.pipe(v.array(name), v.minLength(1, "at least one column is needed"), v.description(description));

/** Types of columns, by name. */
export const types = v.optional(
  v.pipe(
    v.record(v.string(), v.string()),
    v.description(
      "types of columns, instead of the inferred ones, such as { zip: utf8, price: decimal(10, 2) }",
    ),
  ),
);

export const delimiter = v.optional(
  v.pipe(
    v.string(),
    v.check((text) => /^\p{ASCII}$/u.test(text), "one ASCII character is expected"),
    v.check((text) => !'"\r\n'.includes(text), "a quote or line break cannot be the delimiter"),
    v.description("the character between cells, such as ; or a tab (\\t)"),
  ),
  ",",
);
