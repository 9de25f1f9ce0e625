import { table } from "../terminal/table.ts";

/** The parts of a JSON Schema that are shown. Plugins may send anything. */
interface Schema {
  [key: string]: unknown;
}

/** Deeper objects are shown as `object`. */
const MAX_DEPTH = 4;

/** Shows a JSON Schema: the keys of an object as a table, with those of objects inside it, and otherwise its type. */
export function renderSchema(schema: unknown): string {
  const root = resolved(schema, schema);
  const rows = keysOf(root, "", root, 0);
  if (rows.length === 0) return [typeText(root, root), textOf(root.description)].filter(Boolean).join(": ");
  const columns = ["key", "type", "default", "description"].map((title) => ({ title }));
  return table(columns, rows);
}

function keysOf(schema: Schema, prefix: string, root: Schema, depth: number): string[][] {
  if (depth > MAX_DEPTH) return [];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(recordOf(schema.properties)).flatMap(([name, value]) => {
    const inner = resolved(value, root);
    const key = prefix + name;
    const byDefault = inner.default === undefined ? "" : JSON.stringify(inner.default);
    const row = [
      key,
      typeText(inner, root),
      required.has(name) ? "required" : byDefault,
      textOf(inner.description),
    ];
    return [row, ...innerKeys(inner, key, root, depth + 1)];
  });
}

/** The keys of objects in a value: in itself, in the items of a list, or in one of several forms. */
function innerKeys(schema: Schema, key: string, root: Schema, depth: number): string[][] {
  if (schema.properties !== undefined) return keysOf(schema, `${key}.`, root, depth);
  if (isSchema(schema.items)) return innerKeys(resolved(schema.items, root), `${key}[]`, root, depth);
  if (isSchema(schema.additionalProperties))
    return innerKeys(resolved(schema.additionalProperties, root), `${key}.*`, root, depth);
  return formsOf(schema).flatMap((form) => innerKeys(resolved(form, root), key, root, depth));
}

function typeText(schema: Schema, root: Schema, depth = 0): string {
  if (depth > MAX_DEPTH) return "…";
  const forms = formsOf(schema);
  if (forms.length > 0)
    return alternatives(forms.map((form) => typeText(resolved(form, root), root, depth + 1)));
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return alternatives(types.map((type) => oneType(type, schema, root, depth)));
}

function oneType(type: unknown, schema: Schema, root: Schema, depth: number): string {
  const inner = (value: unknown) => {
    const text = typeText(resolved(value, root), root, depth + 1);
    return text.includes(" or ") || text.includes(" | ") ? `(${text})` : text;
  };
  switch (type) {
    case "string":
      return "text";
    case "number":
    case "integer":
      return type + rangeOf(schema);
    case "array":
      return isSchema(schema.items) ? `list of ${inner(schema.items)}` : "list";
    case "object":
      return isSchema(schema.additionalProperties)
        ? `object of ${inner(schema.additionalProperties)}`
        : "object";
    case undefined:
      return textOf(schema.title) || "any";
    default:
      return String(type);
  }
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const limits: string[] = [];
  if (typeof minimum === "number") limits.push(`≥ ${minimum}`);
  if (typeof exclusiveMinimum === "number") limits.push(`> ${exclusiveMinimum}`);
  if (typeof maximum === "number") limits.push(`≤ ${maximum}`);
  if (typeof exclusiveMaximum === "number") limits.push(`< ${exclusiveMaximum}`);
  return limits.length === 0 ? "" : ` ${limits.join(", ")}`;
}

function alternatives(texts: readonly string[]): string {
  return [...new Set(texts)].join(" or ");
}

function formsOf({ anyOf, oneOf }: Schema): unknown[] {
  if (Array.isArray(anyOf)) return anyOf;
  return Array.isArray(oneOf) ? oneOf : [];
}

/** Follows references within the schema. A circular one is any value. */
function resolved(value: unknown, root: unknown): Schema {
  let schema = recordOf(value);
  for (let steps = 0; typeof schema.$ref === "string"; steps++) {
    if (steps > MAX_DEPTH || !schema.$ref.startsWith("#")) return {};
    let target = root;
    for (const step of schema.$ref.slice(1).split("/").filter(Boolean)) {
      const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
      target = recordOf(target)[name];
    }
    const { $ref, ...others } = schema;
    schema = { ...recordOf(target), ...others };
  }
  return schema;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordOf(value: unknown): Schema {
  return isSchema(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/\s+/g, " ").trim() : "";
}
