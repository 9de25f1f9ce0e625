// This folder converts values to text, and text to values.

import {
  type DataType,
  type Date_,
  DateUnit,
  type Decimal,
  type Dictionary,
  type Field,
  type Float,
  Precision,
  type Time,
  type Timestamp,
  Type,
} from "apache-arrow";
import { typeName } from "../types/type-names.ts";
import { formatDate, formatTime, formatTimestamp } from "./time-text.ts";

/** Converts a value of a `Reader` to text. The value must not be null. */
export type ToText = (value: unknown) => string;

/** Floats always have a point or an exponent (`1.0`). Lists, structs and maps become JSON. @throws Error for unions and intervals */
export function toText(type: DataType): ToText {
  switch (type.typeId as Type) {
    case Type.Null:
      return () => "";
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return (value) => value as string;
    case Type.Bool:
    case Type.Int:
    case Type.Duration:
      return String;
    case Type.Float:
      return (type as Float).precision === Precision.SINGLE
        ? (value) => floatText(shortest(value as number))
        : (floatText as ToText);
    case Type.Decimal: {
      const { scale } = type as Decimal;
      return (value) => decimalText(value as bigint, scale);
    }
    case Type.Date:
      if ((type as Date_).unit === DateUnit.DAY) return (value) => formatDate(value as number);
      return (value) => formatDate(Number(value) / 86_400_000);
    case Type.Time: {
      const { unit } = type as Time;
      return (value) => formatTime(BigInt(value as number | bigint), unit);
    }
    case Type.Timestamp: {
      const { unit, timezone } = type as Timestamp;
      return (value) => formatTimestamp(value as bigint, unit, Boolean(timezone));
    }
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return (value) => Buffer.from(value as Uint8Array).toString("base64");
    case Type.Dictionary:
      return toText((type as Dictionary).dictionary);
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
    case Type.Struct:
    case Type.Map:
      return toJson(type);
    default:
      throw new Error(`values of type ${typeName(type)} have no text`);
  }
}

/**
 * Converts a value, or null, to JSON. Integers keep all digits. Floats are numbers; NaN and the infinities become null. Lists
 * and structs are lists and objects, and maps are lists of `{"key": …, "value": …}`. Everything else, such as decimals, is text.
 * @throws Error for unions and intervals
 */
export function toJson(type: DataType): (value: unknown) => string {
  const write = jsonWriter(type);
  return (value) => (value === null ? "null" : write(value));
}

function jsonWriter(type: DataType): ToText {
  switch (type.typeId as Type) {
    case Type.Bool:
    case Type.Int:
      return String;
    case Type.Float: {
      const text = toText(type);
      return (value) => (Number.isFinite(value) ? text(value) : "null");
    }
    case Type.Dictionary:
      return toJson((type as Dictionary).dictionary);
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
    case Type.Map: {
      const entry = toJson((type.children as Field[])[0].type);
      return (value) => `[${(value as unknown[]).map(entry).join(",")}]`;
    }
    case Type.Struct: {
      const fields = (type.children as Field[]).map((field) => ({
        name: field.name,
        start: `${JSON.stringify(field.name)}:`,
        write: toJson(field.type),
      }));
      return (value) => {
        const record = value as Record<string, unknown>;
        return `{${fields.map(({ name, start, write }) => start + write(record[name])).join(",")}}`;
      };
    }
    default: {
      const text = toText(type);
      return (value) => JSON.stringify(text(value));
    }
  }
}

/** `1.0`, `0.1`, `1e+21`, `NaN`, `-Infinity`. */
export function floatText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21
    ? `${Object.is(value, -0) ? "-0" : value}.0`
    : String(value);
}

/** The shortest decimal number that rounds to this 32-bit float. */
export function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(candidate), value)) return candidate;
  }
  return value;
}

export function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${value < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
}
