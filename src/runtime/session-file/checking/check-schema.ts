import * as v from "valibot";
import { hasExpression } from "../expressions/split-template.ts";
import { describeValue, isMap } from "../reading/plain-values.ts";
import type { Path, Place, Problems } from "./problems.ts";

/** The kinds of schema that `schema.ts` is made of, but for those of single values, which valibot checks itself. */
type Schema =
  | MapSchema
  | v.ObjectWithRestSchema<v.ObjectEntries, v.GenericSchema, undefined>
  | v.RecordSchema<v.GenericSchema<string, string>, v.GenericSchema, undefined>
  | v.ArraySchema<v.GenericSchema, undefined>
  | v.UnionSchema<v.GenericSchema[], undefined>
  | v.OptionalSchema<v.GenericSchema, undefined>
  | v.StringSchema<undefined>
  | v.NumberSchema<undefined>
  | v.BooleanSchema<undefined>;

type MapSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** Keys of a map that get an explanation of their own. */
interface KeyNotes {
  /** What to write instead of keys that are unknown. */
  hints?: Readonly<Record<string, string>>;
  /** What to write instead of keys of the alternative to this map. */
  instead?: Readonly<Record<string, string>>;
}

/**
 * Checks a value against a schema and reports everything that is wrong, in words for people. Valibot's own check tells one unknown
 * key at a time, takes a list for a map, and cannot say which of several alternatives was meant.
 * @param options.at the path of the value in its file
 * @param options.expanded whether expressions have been replaced by their values; before, they stand for anything. A number or
 * a boolean becomes text in place where text is asked for.
 * @returns the paths of what is wrong
 */
export function checkSchema(
  schema: v.GenericSchema,
  value: unknown,
  problems: Problems,
  { at = [], expanded = false }: { at?: Path; expanded?: boolean } = {},
): Path[] {
  const checker = new SchemaChecker(problems, at, expanded);
  checker.check(schema, value);
  return checker.faults;
}

class SchemaChecker {
  readonly faults: Path[] = [];
  readonly #problems: Problems;
  readonly #path: (string | number)[];
  readonly #expanded: boolean;

  constructor(problems: Problems, at: Path, expanded: boolean) {
    this.#problems = problems;
    this.#path = [...at];
    this.#expanded = expanded;
  }

  check(generic: v.GenericSchema, value: unknown): void {
    if (!this.#expanded && typeof value === "string" && hasExpression(value) && mayBeExpression(this.#path)) {
      return;
    }
    const schema = generic as unknown as Schema;
    if (schema.type === "optional") this.check(schema.wrapped, value);
    else if (schema.type === "union") this.#union(schema, value);
    else if (!mayBe(schema, value)) this.#mismatch(generic, value);
    else if (schema.type === "array") this.#list(schema, value as unknown[]);
    else if (schema.type === "record") this.#record(schema, value as Record<string, unknown>);
    else if (schema.type === "strict_object") this.#map(schema, value as Record<string, unknown>, {});
    else if (schema.type === "object_with_rest") this.#openMap(schema, value as Record<string, unknown>);
    else this.#leaf(generic, value);
  }

  #list({ item }: Extract<Schema, { type: "array" }>, list: unknown[]): void {
    for (let index = 0; index < list.length; index++) this.#checkAt(index, item, list);
  }

  #record(
    { key: keySchema, value: valueSchema }: Extract<Schema, { type: "record" }>,
    map: Record<string, unknown>,
  ) {
    for (const key of Object.keys(map)) {
      const fault = v.safeParse(keySchema, key).issues?.[0];
      if (fault) this.#report(`the key ${fault.message}`, "key", key);
      this.#checkAt(key, valueSchema, map);
    }
  }

  #openMap(
    { entries, rest }: Extract<Schema, { type: "object_with_rest" }>,
    map: Record<string, unknown>,
  ): void {
    for (const key of Object.keys(map)) {
      const known = Object.hasOwn(entries, key);
      this.#checkAt(key, known ? (entries[key] as v.GenericSchema) : rest, map);
    }
  }

  /** `others` are keys of the alternatives to this map, with what each belongs to. */
  #map(schema: MapSchema, map: Record<string, unknown>, others: v.ObjectEntries) {
    for (const key of Object.keys(map)) {
      const entry = Object.hasOwn(schema.entries, key) ? (schema.entries[key] as v.GenericSchema) : undefined;
      if (entry) this.#checkAt(key, entry, map);
      else if (Object.hasOwn(others, key)) this.#misplaced(schema, key);
      else this.#unknownKey(schema.entries, notesOf(schema), key, map);
    }
    for (const key of requiredKeys(schema)) {
      if (Object.hasOwn(map, key)) continue;
      const description = v.getDescription(schema.entries[key]);
      this.#report(`the key "${key}" is missing${description ? `; it must be ${description}` : ""}`, "key");
    }
  }

  #misplaced(schema: MapSchema, key: string): void {
    const instead = notesOf(schema).instead?.[key];
    this.#report(
      `"${key}" cannot stand beside "${requiredKeys(schema)[0]}"${instead ? `: ${instead}` : ""}`,
      "key",
      key,
    );
  }

  #unknownKey(entries: v.ObjectEntries, { hints = {} }: KeyNotes, key: string, map: object): void {
    if (Object.hasOwn(hints, key)) {
      this.#report(`unknown key ${JSON.stringify(key)}: ${hints[key]}`, "key", key);
      return;
    }
    const free = Object.keys(entries).filter((name) => !Object.hasOwn(map, name));
    const suggestion = this.#problems.nearest(key, free);
    const known = suggestion === undefined ? `; the keys here are ${Object.keys(entries).join(", ")}` : "";
    this.#report(`unknown key ${JSON.stringify(key)}${known}`, "key", key, suggestion);
  }

  #union(schema: Extract<Schema, { type: "union" }>, value: unknown): void {
    const fitting = schema.options.filter((option) => mayBe(option as unknown as Schema, value));
    if (fitting.length === 0) this.#mismatch(schema, value);
    else if (fitting.length === 1) this.check(fitting[0], value);
    else this.#alternatives(schema, fitting as unknown as MapSchema[], value as Record<string, unknown>);
  }

  /** Maps that differ in their keys: the one is meant whose required keys are there. */
  #alternatives(union: v.GenericSchema, maps: MapSchema[], value: Record<string, unknown>): void {
    const all = allEntries(union, maps);
    const meant = maps.find((option) => requiredKeys(option).every((key) => Object.hasOwn(value, key)));
    if (meant) {
      this.#map(meant, value, all);
      return;
    }
    // Its other keys cannot be checked, so nothing of it is of use.
    this.faults.push([...this.#path]);
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(all, key));
    for (const key of unknown) this.#unknownKey(all, notesOf(maps[0]), key, value);
    if (unknown.length === 0) this.#report(`${this.#subject()} must be ${v.getDescription(union)}`, "key");
  }

  #leaf(schema: v.GenericSchema, value: unknown): void {
    const fault = v.safeParse(schema, value).issues?.[0];
    if (!fault) return;
    if (fault.kind === "schema") this.#mismatch(schema, value);
    else this.#report(`${this.#subject()} ${fault.message}`, "value");
  }

  #mismatch(schema: v.GenericSchema, value: unknown): void {
    const quotes =
      schema.type === "string" && /number|boolean/.test(typeof value) ? "; put it in quotes" : "";
    const found = value === null ? "; it is empty" : `, not ${describeValue(value)}${quotes}`;
    this.#report(`${this.#subject()} must be ${v.getDescription(schema)}${found}`, "value");
  }

  #subject(): string {
    const last = this.#path.at(-1);
    if (last === undefined) return "a session file";
    return typeof last === "number" ? `entry ${last + 1} of "${this.#path.at(-2)}"` : `"${last}"`;
  }

  #checkAt(step: string | number, schema: v.GenericSchema, container: object): void {
    const values = container as Record<string | number, unknown>;
    if (this.#expanded && isNumberForText(schema as unknown as Schema, values[step])) {
      values[step] = String(values[step]);
    }
    this.#path.push(step);
    this.check(schema, values[step]);
    this.#path.pop();
  }

  /** Reports what is wrong with the value here, with its key, or with a key in it. */
  #report(message: string, part: Place["part"], keyInside?: string, suggestion?: string): void {
    const path = keyInside === undefined ? [...this.#path] : [...this.#path, keyInside];
    this.faults.push(path);
    this.#problems.error({ path, part }, message, { suggestion });
  }
}

/** Whether the value at a path of a session file may be an expression: all but what gives the file its structure. */
function mayBeExpression(path: Path): boolean {
  switch (path[0]) {
    case "name":
      return true;
    case "defaults":
    case "objects":
    case "save":
      return path.length >= 2;
    case "tasks":
      return path.length >= (path[2] === "matrix" ? 4 : 3);
    default:
      return false;
  }
}

/** Whether a value is a number or a boolean where text is asked for, as an expression gives it. */
function isNumberForText(schema: Schema, value: unknown): boolean {
  if (typeof value !== "number" && typeof value !== "boolean") return false;
  const { type } = schema;
  if (type === "optional") return isNumberForText(schema.wrapped as unknown as Schema, value);
  const options = type === "union" ? (schema.options as unknown as Schema[]) : [schema];
  return (
    options.some((option) => option.type === "string") && !options.some((option) => mayBe(option, value))
  );
}

/** Whether a value has the shape that a schema is for, before looking into it. */
function mayBe(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case "strict_object":
    case "object_with_rest":
    case "record":
      return isMap(value);
    case "array":
      return Array.isArray(value);
    case "string":
    case "number":
    case "boolean":
      return typeof value === schema.type;
    default:
      return true;
  }
}

const entriesOfUnions = new WeakMap<v.GenericSchema, v.ObjectEntries>();

/** The keys of all alternatives. */
function allEntries(union: v.GenericSchema, maps: readonly MapSchema[]): v.ObjectEntries {
  let all = entriesOfUnions.get(union);
  if (!all) {
    all = Object.assign({}, ...maps.map(({ entries }) => entries)) as v.ObjectEntries;
    entriesOfUnions.set(union, all);
  }
  return all;
}

const requiredKeysOf = new WeakMap<MapSchema, string[]>();

function requiredKeys(schema: MapSchema): string[] {
  let keys = requiredKeysOf.get(schema);
  if (!keys) {
    keys = Object.keys(schema.entries).filter((key) => schema.entries[key].type !== "optional");
    requiredKeysOf.set(schema, keys);
  }
  return keys;
}

function notesOf(schema: MapSchema): KeyNotes {
  return v.getMetadata(schema) as KeyNotes;
}
