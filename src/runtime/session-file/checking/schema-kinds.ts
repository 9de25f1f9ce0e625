import * as v from "valibot";
import { isMap } from "../reading/plain-values.ts";

/** The kinds of schema that the folder `schema` uses. Valibot itself checks single values of other kinds. */
export type Schema =
  | MapSchema
  | v.ObjectWithRestSchema<Entries, v.GenericSchema, undefined>
  | v.RecordSchema<v.GenericSchema<string, string>, v.GenericSchema, undefined>
  | v.ArraySchema<v.GenericSchema, undefined>
  | v.UnionSchema<v.GenericSchema[], undefined>
  | v.OptionalSchema<v.GenericSchema, undefined>
  | v.PicklistSchema<readonly string[], undefined>
  | v.StringSchema<undefined>
  | v.NumberSchema<undefined>
  | v.BooleanSchema<undefined>;

/** A schema of the folder `schema`, whose kind is one of these. */
export const known = (schema: v.GenericSchema) => schema as unknown as Schema;

export const isMapSchema = (schema: Schema): schema is MapSchema => schema.type === "strict_object";

/** The schemas of the keys of a map. */
export type Entries = Record<string, v.GenericSchema>;

export type MapSchema = v.StrictObjectSchema<Entries, undefined>;

/** Explanations of keys of a map. */
export interface KeyNotes {
  /** What to write instead of an unknown key. */
  hints?: Readonly<Record<string, string>>;
  /** What to write instead of a key of the alternative to this map. */
  instead?: Readonly<Record<string, string>>;
}

/** Whether a value is a number or a boolean, as an expression gives it, and the schema accepts text only. */
export function isNumberForText(schema: Schema, value: unknown): boolean {
  if (typeof value !== "number" && typeof value !== "boolean") return false;
  const { type } = schema;
  if (type === "optional") return isNumberForText(known(schema.wrapped), value);
  const options = type === "union" ? schema.options.map(known) : [schema];
  return (
    options.some((option) => option.type === "string") && !options.some((option) => mayBe(option, value))
  );
}

/** Whether a value is of the type that a schema accepts; its content is not checked. */
export function mayBe(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case "strict_object":
    case "object_with_rest":
    case "record":
      return isMap(value);
    case "array":
      return Array.isArray(value);
    case "picklist":
      return typeof value === "string";
    case "string":
    case "number":
    case "boolean":
      return typeof value === schema.type;
    default:
      return true;
  }
}

const entriesOfUnions = new WeakMap<v.GenericSchema, Entries>();

/** The keys of all alternatives. */
export function allEntries(union: v.GenericSchema, maps: readonly MapSchema[]): Entries {
  let all = entriesOfUnions.get(union);
  if (!all) {
    all = Object.fromEntries(maps.flatMap(({ entries }) => Object.entries(entries)));
    entriesOfUnions.set(union, all);
  }
  return all;
}

const requiredKeysOf = new WeakMap<MapSchema, string[]>();

export function requiredKeys(schema: MapSchema): string[] {
  let keys = requiredKeysOf.get(schema);
  if (!keys) {
    keys = Object.entries(schema.entries).flatMap(([key, { type }]) => (type === "optional" ? [] : [key]));
    requiredKeysOf.set(schema, keys);
  }
  return keys;
}

export function notesOf(schema: MapSchema): KeyNotes {
  return v.getMetadata(schema) as KeyNotes;
}

/** What people write instead of the words of a schema, if it says that. */
export function wordNotesOf(schema: v.GenericSchema): { meant?: Readonly<Record<string, string>> } {
  return v.getMetadata(schema);
}
