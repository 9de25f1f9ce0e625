import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDate, formatTimestamp, parseDate, parseTimestamp } from "../../../src/table/text/time-text.ts";

/** All that a Date can be. */
const days = fc.integer({ min: -100_000_000, max: 100_000_000 });

test("dates are what they are written as, in any year", () => {
  fc.assert(
    fc.property(days, (day) => {
      expect(parseDate(formatDate(day))).toBe(day);
    }),
  );
});

test("timestamps are what they are written as, to the nanosecond", () => {
  const nanoseconds = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(nanoseconds, fc.boolean(), (value, zoned) => {
      const time = parseTimestamp(formatTimestamp(value, 3, zoned));
      expect(time).toMatchObject({ digits: 9, zoned });
      expect(BigInt(time?.seconds ?? 0) * 1_000_000_000n + BigInt(time?.nanoseconds ?? 0)).toBe(value);
    }),
  );
});

test.each([
  ["2001-02-29 00:00", undefined],
  ["1900-02-29 00:00", undefined],
  ["2000-02-29 00:00", 951_782_400],
  ["2001-13-01 00:00", undefined],
  ["2001-00-01 00:00", undefined],
  ["2001-01-32 00:00", undefined],
  ["2001-01-01 24:00", undefined],
  ["2001-01-01 23:60", undefined],
  ["1970-01-01T00:00:00+01:30", -5400],
  ["1970-01-01T00:00:00-0130", 5400],
  ["1970-01-01T00:00:00.1234567890", undefined],
  ["1970-01-01", undefined],
])("%s", (text, seconds) => {
  expect(parseTimestamp(text)?.seconds).toBe(seconds);
});
