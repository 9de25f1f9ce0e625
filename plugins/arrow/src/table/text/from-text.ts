import {
  type DataType,
  type Date_,
  DateUnit,
  type Decimal,
  type Dictionary,
  type Int,
  type Time,
  type Timestamp,
  Type,
} from "apache-arrow";
import { typeName } from "../types/type-names.ts";
import { parseDate, parseTime, parseTimestamp } from "./time-text.ts";

/** Parses the text of a value, to the form that a `Reader` of the type returns. @throws Error when the text is invalid */
export type FromText = (text: string) => unknown;

/** @throws Error for types without a text form, such as structs */
export function fromText(type: DataType): FromText {
  const parse = textParser(type);
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new Error(`${shown(text)} is not of type ${typeName(type)}`);
    return value;
  };
}

/** A text for a message, in quotes, truncated if it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** Like `fromText`, but returns `undefined` for a text that is not a value of the type. */
export function textParser(type: DataType): FromText {
  switch (type.typeId as Type) {
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return (text) => text;
    case Type.Bool:
      return parseBool;
    case Type.Int:
      return intParser(type as Int);
    case Type.Float:
      return parseFloatText;
    case Type.Decimal:
      return decimalParser(type as Decimal);
    case Type.Date: {
      const inDays = (type as Date_).unit === DateUnit.DAY;
      return (text) => {
        const days = parseDate(text);
        return inDays || days === undefined ? days : BigInt(days) * 86_400_000n;
      };
    }
    case Type.Time:
      return timeParser(type as Time);
    case Type.Timestamp:
      return timestampParser(type as Timestamp);
    case Type.Duration:
      return (text) => (/^-?\d+$/.test(text) ? within(BigInt(text), 64, true) : undefined);
    case Type.Binary:
      return (text) =>
        /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
    case Type.Dictionary:
      return textParser((type as Dictionary).dictionary);
    default:
      throw new Error(`a value of type ${typeName(type)} cannot be read from text`);
  }
}

export function parseBool(text: string): boolean | undefined {
  if (/^true$/i.test(text)) return true;
  return /^false$/i.test(text) ? false : undefined;
}

export function parseFloatText(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (text === "NaN") return Number.NaN;
  const infinite = /^([+-]?)Infinity$/.exec(text);
  if (!infinite) return undefined;
  return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function intParser({ bitWidth, isSigned }: Int): FromText {
  return (text) => {
    if (!/^[+-]?\d+$/.test(text)) return undefined;
    // Numbers with this few digits are exact, and faster to parse.
    if (bitWidth === 64 && text.length < 16 && (isSigned || text[0] !== "-")) return BigInt(Number(text));
    const value = within(BigInt(text.replace("+", "")), bitWidth, isSigned);
    return value === undefined || bitWidth === 64 ? value : Number(value);
  };
}

/** Returns the integer, or `undefined` if it does not fit into this many bits. */
export function within(value: bigint, bits: number, isSigned: boolean): bigint | undefined {
  const kept = isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  return kept === value ? value : undefined;
}

/** Parses a decimal. Rejects more digits after the point than the type has, unless they are zeros. */
function decimalParser({ precision, scale }: Decimal): FromText {
  const most = 10n ** BigInt(precision);
  return (text) => {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
    if (!match || `${match[2]}${match[3] ?? ""}` === "") return undefined;
    const fraction = (match[3] ?? "").replace(/0+$/, "");
    if (fraction.length > scale) return undefined;
    const digits = BigInt(`${match[2]}${fraction.padEnd(scale, "0")}` || "0");
    if (digits >= most) return undefined;
    return match[1] === "-" ? -digits : digits;
  };
}

function timeParser({ unit, bitWidth }: Time): FromText {
  const nanosPerUnit = 1000n ** BigInt(3 - unit);
  return (text) => {
    const nanos = parseTime(text);
    if (nanos === undefined || nanos % nanosPerUnit !== 0n) return undefined;
    const value = nanos / nanosPerUnit;
    return (bitWidth as number) === 64 ? value : Number(value);
  };
}

/**
 * Parses timestamps. If the type has a time zone, texts must have an offset; otherwise they must not. A date without a time
 * means midnight. Rejects a fraction finer than the unit, because it would be lost.
 */
function timestampParser({ unit, timezone }: Timestamp): FromText {
  const perSecond = 1000n ** BigInt(unit);
  const nanosPerUnit = 1000 ** (3 - unit);
  return (text) => {
    const days = timezone ? undefined : parseDate(text);
    if (days !== undefined) return within(BigInt(days) * 86_400n * perSecond, 64, true);
    const time = parseTimestamp(text);
    if (!time || time.zoned !== Boolean(timezone) || time.nanoseconds % nanosPerUnit !== 0) return undefined;
    return within(BigInt(time.seconds) * perSecond + BigInt(time.nanoseconds / nanosPerUnit), 64, true);
  };
}
