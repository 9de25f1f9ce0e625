import { expect, it } from "vitest";
import { Speed } from "../../../../../src/commands/ui/progress/speed.ts";

it("is told after two seconds and five tasks, and is that of the last half minute", () => {
  const speed = new Speed();
  speed.take(0, 0);
  speed.take(1, 10);
  expect(speed.perSecond(1)).toBeUndefined();
  expect(speed.perSecond(2)).toBe(5);
  for (let second = 2; second <= 200; second++) speed.take(second, 10 + second * 100);
  expect(speed.perSecond(200)).toBeCloseTo(100, 0);
});

it("sinks while nothing ends, and begins again when finished tasks have to run again", () => {
  const speed = new Speed();
  speed.take(0, 0);
  speed.take(10, 100);
  expect(speed.perSecond(20)).toBe(5);
  speed.take(21, 40);
  expect(speed.perSecond(21)).toBeUndefined();
});
