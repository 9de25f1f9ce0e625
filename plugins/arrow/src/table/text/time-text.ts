/** A parsed date and time. */
export interface ParsedTime {
  /** Seconds since 1970, in UTC if `zoned`, otherwise in an unknown time zone. */
  seconds: number;
  nanoseconds: number;
  /** Digits of the fraction of a second. */
  digits: number;
  zoned: boolean;
}

const DATE = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)$/;
const TIMESTAMP =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d\d):?(\d\d)?)?$/;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;

const DAY_SECONDS = 86_400;
const MONTH_DAYS = [undefined, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days from March 1 of the year 0 to 1970. */
const DAYS_TO_1970 = 719_468;

/** Days since 1970 of a date such as `2001-01-31`, or `undefined` for other texts. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  return match ? daysOf(match[1], match[2], match[3]) : undefined;
}

/** Parses `2001-01-31 00:47`, `2001-01-31T00:47:59.123456789Z`, `…+02:00` (ISO 8601, with a space or a T). */
export function parseTimestamp(text: string): ParsedTime | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const days = daysOf(match[1], match[2], match[3]);
  const clock = secondsOf(match[4], match[5], match[6]);
  if (days === undefined || clock === undefined) return undefined;
  const offset = match[9] ? Number(match[10]) * 3600 + Number(match[11] ?? 0) * 60 : 0;
  return {
    seconds: days * DAY_SECONDS + clock - (match[9] === "-" ? -offset : offset),
    nanoseconds: Number((match[7] ?? "").padEnd(9, "0")),
    digits: match[7]?.length ?? 0,
    zoned: match[8] !== undefined || match[9] !== undefined,
  };
}

/** Nanoseconds since midnight of `23:59`, `23:59:59` or `23:59:59.999999999`. */
export function parseTime(text: string): bigint | undefined {
  const match = TIME.exec(text);
  const clock = match ? secondsOf(match[1], match[2], match[3]) : undefined;
  if (!match || clock === undefined) return undefined;
  return BigInt(clock) * 1_000_000_000n + BigInt((match[4] ?? "").padEnd(9, "0"));
}

/** @param days since 1970 */
export function formatDate(days: number): string {
  return new Date(days * DAY_SECONDS * 1000).toISOString().split("T")[0];
}

/** @param unit 0 to 3: seconds, milliseconds, microseconds, nanoseconds. The number of digits shows the unit to readers. */
export function formatTimestamp(value: bigint, unit: number, zoned: boolean): string {
  const perSecond = 1000n ** BigInt(unit);
  const fraction = ((value % perSecond) + perSecond) % perSecond;
  const seconds = Number((value - fraction) / perSecond);
  const text = new Date(seconds * 1000).toISOString().slice(0, -5);
  return `${text}${fractionText(fraction, unit)}${zoned ? "Z" : ""}`;
}

/** @param value since midnight, in the unit */
export function formatTime(value: bigint, unit: number): string {
  const perSecond = 1000n ** BigInt(unit);
  const seconds = Number(value / perSecond);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":") + fractionText(value % perSecond, unit);
}

function fractionText(fraction: bigint, unit: number): string {
  return unit === 0 ? "" : `.${String(fraction).padStart(3 * unit, "0")}`;
}

/** Days since 1970 by the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms"). */
function daysOf(yearText: string, monthText: string, dayText: string): number | undefined {
  const [year, month, day] = [Number(yearText), Number(monthText), Number(dayText)];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : MONTH_DAYS[month];
  if (last === undefined || day < 1 || day > last) return undefined;
  // Years begin in March here, so that the leap day is the last day.
  const marchYear = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}

function secondsOf(hours: string, minutes: string, seconds = "0"): number | undefined {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  return h > 23 || m > 59 || s > 59 ? undefined : h * 3600 + m * 60 + s;
}
