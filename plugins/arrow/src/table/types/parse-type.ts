import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Duration,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  TimeMicrosecond,
  TimeMillisecond,
  TimeNanosecond,
  TimeSecond,
  Timestamp,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import { didYouMean } from "../suggest.ts";
import { UNITS } from "./type-names.ts";

const SIMPLE: Record<string, () => DataType> = {
  int8: () => new Int8(),
  int16: () => new Int16(),
  int32: () => new Int32(),
  int64: () => new Int64(),
  uint8: () => new Uint8(),
  uint16: () => new Uint16(),
  uint32: () => new Uint32(),
  uint64: () => new Uint64(),
  float32: () => new Float32(),
  float64: () => new Float64(),
  bool: () => new Bool(),
  utf8: () => new Utf8(),
  binary: () => new Binary(),
  date: () => new DateDay(),
  dictionary: () => dictionaryOf(new Utf8()),
};

/** The forms of type names, for messages. */
export const TYPE_NAMES = [
  ...Object.keys(SIMPLE),
  "decimal(PRECISION, SCALE)",
  "timestamp[UNIT]",
  "timestamp[UNIT, ZONE]",
  "time[UNIT]",
  "duration[UNIT]",
  "list<TYPE>",
  "dictionary<TYPE>",
];

/**
 * Parses the name of a type: one of `TYPE_NAMES`, with `s`, `ms`, `us` or `ns` as the unit.
 * @throws Error that lists the possible names
 */
export function parseType(text: string): DataType {
  const name = text.trim();
  if (Object.hasOwn(SIMPLE, name)) return SIMPLE[name]();
  const nested = /^(list|dictionary)<(.+)>$/.exec(name);
  if (nested) {
    const entry = parseType(nested[2]);
    return nested[1] === "list" ? new List(new Field("item", entry, true)) : dictionaryOf(entry);
  }
  const decimal = /^decimal\((\d+)(?:, *(\d+))?\)$/.exec(name);
  if (decimal) return decimalOf(Number(decimal[1]), Number(decimal[2] ?? 0));
  const timed = /^(timestamp|time|duration)\[(s|ms|us|ns)(?:, *([\w/+:-]+))?\]$/.exec(name);
  if (timed && (timed[3] === undefined || timed[1] === "timestamp")) {
    const unit = UNITS.indexOf(timed[2] as (typeof UNITS)[number]);
    if (timed[1] === "timestamp") return new Timestamp(unit, timed[3]);
    if (timed[1] === "duration") return new Duration(unit);
    return new [TimeSecond, TimeMillisecond, TimeMicrosecond, TimeNanosecond][unit]();
  }
  const hint = didYouMean(name, Object.keys(SIMPLE)) || `; there are ${TYPE_NAMES.join(", ")}`;
  throw new Error(`there is no type ${JSON.stringify(text)}${hint}`);
}

/** A dictionary type. `tableOf` numbers the dictionary. */
export function dictionaryOf(values: DataType): Dictionary {
  return new Dictionary(values, new Int32(), 0);
}

function decimalOf(precision: number, scale: number): Decimal {
  if (precision < 1 || precision > 38 || scale > precision) {
    throw new Error(
      `the precision of a decimal is 1 to 38 digits, and its scale cannot be larger than the precision`,
    );
  }
  return new Decimal(scale, precision);
}
