/** The last time that a `Date` can hold, in milliseconds since the epoch. */
const LAST = 8.64e15;

/** A time in milliseconds since the epoch as ISO 8601 with a zone, such as `2026-01-31T14:02:07.250Z`. */
export function isoTime(milliseconds: number): string {
  return new Date(Math.min(milliseconds, LAST)).toISOString();
}
