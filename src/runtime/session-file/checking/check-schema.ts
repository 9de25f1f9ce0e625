import * as v from "valibot";
import { hasExpression } from "../expressions/split-template.ts";
import { describeValue, isMap } from "../reading/plain-values.ts";
import { writtenAt } from "../reading/written-numbers.ts";
import { mayBeExpression } from "./expression-paths.ts";
import type { Location, Path } from "./location.ts";
import type { Problems } from "./problems.ts";
import {
  allEntries,
  type Entries,
  isMapSchema,
  isNumberForText,
  type KeyNotes,
  known,
  type MapSchema,
  mayBe,
  notesOf,
  requiredKeys,
  type Schema,
  wordNotesOf,
} from "./schema-kinds.ts";

/**
 * Checks a value against a schema and reports everything that is wrong, in words for people. Valibot's own check reports one
 * unknown key at a time, accepts a list as a map, and cannot say which of several alternatives was meant.
 * @param options.at the path of the value in its file
 * @param options.expanded whether expressions have been replaced by their values. If not, an expression fits any schema. If so,
 * a number or a boolean is replaced by its text, in `value` itself, where the schema accepts text only.
 * @returns the paths of the values and keys that are wrong
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

/** Checks a value as `checkSchema` does. Answers whether nothing is wrong. */
export function conforms<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  problems: Problems,
  options?: { at?: Path; expanded?: boolean },
): value is v.InferOutput<S> {
  return checkSchema(schema, value, problems, options).length === 0;
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
    const schema = known(generic);
    if (schema.type === "optional") this.check(schema.wrapped, value);
    else if (schema.type === "union") this.#union(schema, value);
    else if (!mayBe(schema, value)) this.#mismatch(generic, value);
    else if (schema.type === "array" && Array.isArray(value)) this.#list(schema, value);
    else if (schema.type === "record" && isMap(value)) this.#record(schema, value);
    else if (schema.type === "strict_object" && isMap(value)) this.#map(schema, value, {});
    else if (schema.type === "object_with_rest" && isMap(value)) this.#openMap(schema, value);
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
      const known = Object.hasOwn(entries, key) ? entries[key] : undefined;
      this.#checkAt(key, known ?? rest, map);
    }
  }

  /** @param others the keys of the alternatives to this map */
  #map(schema: MapSchema, map: Record<string, unknown>, others: Entries) {
    for (const key of Object.keys(map)) {
      const entry = Object.hasOwn(schema.entries, key) ? schema.entries[key] : undefined;
      if (entry) this.#checkAt(key, entry, map);
      else if (Object.hasOwn(others, key)) this.#misplaced(schema, key);
      else this.#unknownKey(schema.entries, notesOf(schema), key, map);
    }
    for (const key of requiredKeys(schema)) {
      if (Object.hasOwn(map, key)) continue;
      const entry = schema.entries[key];
      const description = entry && v.getDescription(entry);
      this.#report(`the key "${key}" is missing${description ? `; it must be ${description}` : ""}`, "key");
    }
  }

  #misplaced(schema: MapSchema, key: string): void {
    const instead = notesOf(schema).instead?.[key];
    this.#report(
      `"${key}" cannot be used together with "${requiredKeys(schema)[0]}"${instead ? `: ${instead}` : ""}`,
      "key",
      key,
    );
  }

  #unknownKey(entries: Entries, { hints = {} }: KeyNotes, key: string, map: object): void {
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
    const fitting = schema.options.filter((option) => mayBe(known(option), value));
    const [first, ...others] = fitting;
    if (!first) this.#mismatch(schema, value);
    else if (others.length === 0 || !isMap(value)) this.check(first, value);
    else this.#alternatives(schema, fitting.map(known).filter(isMapSchema), value);
  }

  /** Chooses, of several maps, the one whose required keys are there. */
  #alternatives(union: v.GenericSchema, maps: MapSchema[], value: Record<string, unknown>): void {
    const all = allEntries(union, maps);
    const meant = maps.find((option) => requiredKeys(option).every((key) => Object.hasOwn(value, key)));
    if (meant) {
      this.#map(meant, value, all);
      return;
    }
    // The other keys of the value cannot be checked without knowing which map is meant.
    this.faults.push([...this.#path]);
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(all, key));
    const notes = maps[0] ? notesOf(maps[0]) : {};
    for (const key of unknown) this.#unknownKey(all, notes, key, value);
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
    const suggestion = typeof value === "string" ? this.#meantWord(schema, value) : undefined;
    this.#report(
      `${this.#subject()} must be ${v.getDescription(schema)}${found}`,
      "value",
      undefined,
      suggestion,
    );
  }

  /** The word that was probably meant, of a schema that suggests some. */
  #meantWord(schema: v.GenericSchema, value: string): string | undefined {
    const { meant } = wordNotesOf(schema);
    const kind = known(schema);
    if (!meant || kind.type !== "picklist") return undefined;
    const word = value.toLowerCase();
    const other = Object.hasOwn(meant, word) ? meant[word] : undefined;
    if (other !== undefined && kind.options.includes(other)) return other;
    return this.#problems.nearest(value, kind.options);
  }

  #subject(): string {
    const last = this.#path.at(-1);
    if (last === undefined) return "a session file";
    return typeof last === "number" ? `entry ${last + 1} of "${this.#path.at(-2)}"` : `"${last}"`;
  }

  #checkAt(step: string | number, schema: v.GenericSchema, container: object): void {
    const values = container as Record<string | number, unknown>;
    if (this.#expanded && isNumberForText(known(schema), values[step])) {
      values[step] = writtenAt(container, step) ?? String(values[step]);
    }
    this.#path.push(step);
    this.check(schema, values[step]);
    this.#path.pop();
  }

  /** Reports a problem of the current value, of its key, or of a key inside it. */
  #report(message: string, part: Location["part"], keyInside?: string, suggestion?: string): void {
    const path = keyInside === undefined ? [...this.#path] : [...this.#path, keyInside];
    this.faults.push(path);
    this.#problems.error({ path, part }, message, { suggestion });
  }
}
