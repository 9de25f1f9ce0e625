import { describe, expect, it } from "vitest";
import { parseDuration, parseSize } from "../../../src/runtime/units.ts";

describe("parseDuration", () => {
  it.each([
    ["90s", 90],
    ["5m", 300],
    ["1h30m", 5400],
    ["1.5h", 5400],
    ["250ms", 0.25],
    ["2d", 172_800],
    ["12", 12],
  ])("reads %s", (text, seconds) => {
    expect(parseDuration(text)).toBeCloseTo(seconds);
  });

  it.each(["", "soon", "5 m", "m5", "5x", "-3s", "3s!"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("parseSize", () => {
  it.each([
    ["1GiB", 2 ** 30],
    ["500MB", 500e6],
    ["1.5 GiB", 1.5 * 2 ** 30],
    ["64kB", 64e3],
    ["8kib", 8192],
    ["12", 12],
    ["12B", 12],
  ])("reads %s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["", "big", "5G", "-1GB", "1,5GB", "1  GB", "1GBs"])("refuses %j", (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});
