import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { documentSchema } from "../../src/runtime/session-file/schema/document.ts";

export type { JsonSchema };

/** The sections that can contain expressions. Expressions can read the other sections. */
const WITH_EXPRESSIONS = ["name", "defaults", "objects", "tasks", "save"];
const EXPRESSION: JsonSchema = { $ref: "#/definitions/expression" };

/** Makes the JSON Schema of session files from the schemas that validate them. */
export function sessionSchema(): JsonSchema {
  const schema = toJsonSchema(documentSchema as v.GenericSchema, {
    // JSON Schema cannot express some rules. Only Rain checks these.
    errorMode: "ignore",
    overrideAction: ({ valibotAction, jsonSchema }) => described(valibotAction, jsonSchema),
  });
  const properties = schema.properties as Record<string, JsonSchema>;
  for (const key of WITH_EXPRESSIONS) properties[key] = withExpressions(properties[key], key === "name");
  return {
    ...schema,
    title: "Rain session file",
    description: "A graph of tasks for `rain submit`.",
    definitions: {
      expression: { type: "string", pattern: "\\$\\{\\{", description: "An expression, `${{ … }}`." },
    },
  };
}

/** Uses the explanation of a key as its description, if there is one. */
function described(action: { type: string }, schema: JsonSchema): JsonSchema | undefined {
  const { about } = ("metadata" in action ? action.metadata : {}) as { about?: string };
  return about === undefined ? undefined : { ...schema, description: about };
}

/** Makes a schema allow expressions for the values in it and, with `self`, for the value itself. */
function withExpressions(schema: JsonSchema, self = true): JsonSchema {
  const inner: JsonSchema = { ...schema };
  if (inner.properties) inner.properties = mapValues(inner.properties as Record<string, JsonSchema>);
  if (typeof inner.additionalProperties === "object") {
    inner.additionalProperties = withExpressions(inner.additionalProperties, !isSectionEntry(inner));
  }
  if (inner.items) inner.items = withExpressions(inner.items as JsonSchema);
  if (inner.anyOf) inner.anyOf = inner.anyOf.map((option) => withExpressions(option as JsonSchema, false));
  if (!self || takesExpression(inner)) return inner;
  const { description, anyOf, ...rest } = inner;
  return {
    ...(description === undefined ? {} : { description }),
    anyOf: [...(anyOf ?? [rest]), EXPRESSION],
  };
}

/** Whether a schema is `objects` or `tasks`. Their entries are maps, which an expression cannot replace as a whole. */
function isSectionEntry({ additionalProperties: entry }: JsonSchema): boolean {
  return (
    typeof entry === "object" &&
    (entry.anyOf ?? []).some((option) => typeof option === "object" && !!option.properties)
  );
}

function takesExpression({ type, pattern, minLength, enum: values, anyOf }: JsonSchema): boolean {
  if (anyOf) return anyOf.some((option) => typeof option === "object" && takesExpression(option));
  return type === undefined ? values === undefined : type === "string" && !pattern && !minLength && !values;
}

function mapValues(schemas: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([key, schema]) => [key, withExpressions(schema, key !== "matrix")]),
  );
}
