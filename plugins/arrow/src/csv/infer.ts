import { Bool, type DataType, DateDay, Float64, Int64, Null, Timestamp, TimeUnit, Utf8 } from "apache-arrow";
import { parseBool, parseFloatText, textParser, within } from "../table/text/from-text.ts";
import { parseDate, parseTimestamp } from "../table/text/time-text.ts";
import { type Cells, NULL } from "./cells.ts";

/**
 * The type of a column, inferred from all cells that are not null: `int64`, `float64`, `bool`, `date`, `timestamp`, or
 * otherwise `utf8`. It is `null` if every cell is null. The unit of a timestamp follows from the finest fraction, and it is in
 * UTC if every cell has an offset. Integers with leading zeros (such as postal codes) and of more than 64 bits are text.
 */
export function inferType(cells: Cells): DataType {
  for (const candidate of CANDIDATES) {
    const type = candidate(cells);
    if (type !== undefined) return type;
  }
  return new Utf8();
}

/** The inference tries these in order. Each returns a type if all cells that are not null have it. */
const CANDIDATES: readonly ((cells: Cells) => DataType | undefined)[] = [
  (cells) => (every(cells, () => false) ? new Null() : undefined),
  (cells) => (every(cells, isInteger) ? new Int64() : undefined),
  (cells) => (every(cells, isNumber) ? new Float64() : undefined),
  (cells) => (every(cells, (text) => parseBool(text) !== undefined) ? new Bool() : undefined),
  (cells) => (every(cells, (text) => parseDate(text) !== undefined) ? new DateDay() : undefined),
  timestampType,
];

/** Whether every cell that is not null passes the test. Most columns that do not pass fail at the first cell. */
function every(cells: Cells, test: (text: string) => boolean): boolean {
  for (let row = 0; row < cells.length; row++) {
    const text = cells.at(row);
    if (text !== NULL && !test(text)) return false;
  }
  return true;
}

/** Avoids bigints up to 15 digits, because it checks every cell of every column of numbers. */
function isInteger(text: string): boolean {
  const signed = text.charCodeAt(0) === 0x2d ? 1 : 0;
  if (text.length === signed) return false;
  for (let index = signed; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  if (hasLeadingZero(text, signed) || text === "-0") return false;
  return text.length <= 15 || within(BigInt(text), 64, true) !== undefined;
}

function isNumber(text: string): boolean {
  const signed = /^[+-]/.test(text) ? 1 : 0;
  if (parseFloatText(text) === undefined || hasLeadingZero(text, signed)) return false;
  return !/^[+-]?\d{16,}$/.test(text);
}

/** `007`, but not `0`, `0.7`, `0e3`. */
function hasLeadingZero(text: string, start: number): boolean {
  const next = text.charCodeAt(start + 1);
  return text.charCodeAt(start) === 0x30 && next >= 0x30 && next <= 0x39;
}

function timestampType(cells: Cells): DataType | undefined {
  let digits = 0;
  let zoned: boolean | undefined;
  const areTimes = every(cells, (text) => {
    const time = parseTimestamp(text);
    if (!time || (zoned !== undefined && zoned !== time.zoned)) return false;
    zoned = time.zoned;
    digits = Math.max(digits, time.digits);
    return true;
  });
  if (!areTimes) return undefined;
  const type = new Timestamp(Math.ceil(digits / 3), zoned ? "UTC" : undefined);
  if (type.unit !== TimeUnit.NANOSECOND) return type;
  // Nanoseconds in 64 bits cover only the years 1677 to 2262.
  const parse = textParser(type);
  return every(cells, (text) => parse(text) !== undefined) ? type : undefined;
}
