import { type DataType, type Dictionary, type Field, type Int, Type } from "apache-arrow";
import { fromText, within } from "../table/text/from-text.ts";
import { typeName } from "../table/types/type-names.ts";

/** Converts a value of a JSON file, where large integers are `bigint`, to the value that a `Reader` of the type returns. */
export type FromJson = (value: unknown) => unknown;

/** Numbers, dates, times and bytes may also be text, as `to_json` writes them. @throws Error when a value does not fit */
export function fromJson(type: DataType): FromJson {
  const convert = converter(type);
  return (value) => (value === null || value === undefined ? null : convert(value));
}

function converter(type: DataType): FromJson {
  const fail = (value: unknown): never => {
    const text = typeof value === "bigint" ? String(value) : JSON.stringify(value, bigintText);
    throw new Error(`${text.length > 60 ? `${text.slice(0, 60)}…` : text} is not of type ${typeName(type)}`);
  };
  switch (type.typeId as Type) {
    case Type.Null:
      return fail;
    case Type.Bool:
      return (value) => (typeof value === "boolean" ? value : fail(value));
    case Type.Utf8:
      return (value) => (typeof value === "string" ? value : fail(value));
    case Type.Int:
      return intConverter(type as Int, fail);
    case Type.Float: {
      const parse = fromText(type);
      return (value) => {
        if (typeof value === "number") return value;
        if (typeof value === "bigint") return Number(value);
        return typeof value === "string" ? parse(value) : fail(value);
      };
    }
    case Type.Dictionary:
      return converter((type as Dictionary).dictionary);
    case Type.List: {
      const entry = fromJson((type.children as Field[])[0].type);
      return (value) => (Array.isArray(value) ? value.map(entry) : fail(value));
    }
    case Type.Struct: {
      const fields = (type.children as Field[]).map((field) => ({
        name: field.name,
        convert: fromJson(field.type),
      }));
      return (value) => {
        if (typeof value !== "object" || Array.isArray(value)) return fail(value);
        const record = value as Record<string, unknown>;
        return Object.fromEntries(fields.map(({ name, convert }) => [name, convert(record[name])]));
      };
    }
    default: {
      const parse = fromText(type);
      return (value) => {
        // A decimal may also be a number that represents it exactly.
        const isText = typeof value === "string" || typeof value === "number" || typeof value === "bigint";
        return isText ? parse(String(value)) : fail(value);
      };
    }
  }
}

function intConverter({ bitWidth, isSigned }: Int, fail: (value: unknown) => never): FromJson {
  return (value) => {
    if (typeof value === "number" && !Number.isInteger(value)) return fail(value);
    if (typeof value === "string" && !/^-?\d+$/.test(value)) return fail(value);
    if (!["number", "bigint", "string"].includes(typeof value)) return fail(value);
    const fitting = within(BigInt(value as number | bigint | string), bitWidth, isSigned) ?? fail(value);
    return bitWidth === 64 ? fitting : Number(fitting);
  };
}

function bigintText(_: string, part: unknown): unknown {
  return typeof part === "bigint" ? String(part) : part;
}

/** The error message for a value that is not an object. */
export function notAnObject(value: unknown): string {
  return `a row is an object with a value for each column, not ${JSON.stringify(value, bigintText)}`.slice(
    0,
    120,
  );
}
