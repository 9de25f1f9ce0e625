import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../../src/commands/ui/duration.ts";

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
