import { expect, onTestFinished, test, vi } from "vitest";
import { LongTimer } from "../../../../src/runtime/platform/long-timer.ts";

const DAY_MS = 86_400_000;

test.each([1, 20, 25, 70])("a timer of %d days calls back after them, and once", async (days) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const callback = vi.fn();
  new LongTimer(callback, days * DAY_MS);
  await vi.advanceTimersByTimeAsync(days * DAY_MS - 1);
  expect(callback).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(DAY_MS);
  expect(callback).toHaveBeenCalledOnce();
});

test("a timer that was cleared never calls back, also after its first part", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const callback = vi.fn();
  const timer = new LongTimer(callback, 70 * DAY_MS);
  await vi.advanceTimersByTimeAsync(30 * DAY_MS);
  timer.clear();
  await vi.advanceTimersByTimeAsync(100 * DAY_MS);
  expect(callback).not.toHaveBeenCalled();
});
