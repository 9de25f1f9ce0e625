import { describe, expect, it } from "vitest";
import { type RetryOptions, type RetryWorld, retry } from "../../../../src/runtime/platform/retry.ts";

/** A world whose time passes only while somebody waits. */
function createWorld(random = 0.999_999) {
  const delays: number[] = [];
  let time = 0;
  const world: RetryWorld = {
    now: () => time,
    async sleep(milliseconds) {
      delays.push(Math.round(milliseconds));
      time += milliseconds;
    },
    random: () => random,
  };
  return { world, delays };
}

const failing = (times: number) => {
  let left = times;
  return async () => {
    if (left-- > 0) throw new Error(`failed, ${left} to go`);
    return "done";
  };
};

const options = (more: Partial<RetryOptions> = {}): RetryOptions => ({
  firstDelayMs: 100,
  maxDelayMs: 500,
  signal: new AbortController().signal,
  isTransient: () => true,
  ...more,
});

describe("retry", () => {
  it("answers at once what succeeds at once", async () => {
    const { world, delays } = createWorld();
    expect(await retry(failing(0), options(), world)).toBe("done");
    expect(delays).toEqual([]);
  });

  it("waits longer each time, up to the longest delay", async () => {
    const { world, delays } = createWorld();
    expect(await retry(failing(5), options(), world)).toBe("done");
    expect(delays).toEqual([100, 200, 400, 500, 500]);
  });

  it("waits between half and all of each delay", async () => {
    const { world, delays } = createWorld(0);
    await retry(failing(3), options(), world);
    expect(delays).toEqual([50, 100, 200]);
  });

  it("throws what another attempt would not change", async () => {
    const { world, delays } = createWorld();
    await expect(retry(failing(1), options({ isTransient: () => false }), world)).rejects.toThrow(
      "failed, 0",
    );
    expect(delays).toEqual([]);
  });

  it("ends after so many attempts", async () => {
    const { world, delays } = createWorld();
    await expect(retry(failing(9), options({ attempts: 3, factor: 4 }), world)).rejects.toThrow(
      "failed, 6 to go",
    );
    expect(delays).toEqual([100, 400]);
  });

  it("ends with the first failure after its patience", async () => {
    const { world, delays } = createWorld();
    await expect(retry(failing(9), options({ patienceMs: 250 }), world)).rejects.toThrow("failed, 6 to go");
    expect(delays).toEqual([100, 200]);
  });

  it("ends when the signal aborts during a delay", async () => {
    const { world, delays } = createWorld();
    const controller = new AbortController();
    const sleep = async (milliseconds: number) => {
      delays.push(milliseconds);
      controller.abort();
    };
    const attempt = retry(failing(9), options({ signal: controller.signal }), { ...world, sleep });
    await expect(attempt).rejects.toThrow("failed, 8 to go");
    expect(delays).toHaveLength(1);
  });

  it("wakes from a real delay when the signal aborts", async () => {
    const controller = new AbortController();
    const attempt = retry(
      failing(1),
      options({ firstDelayMs: 60_000, maxDelayMs: 60_000, signal: controller.signal }),
    );
    setImmediate(() => controller.abort());
    await expect(attempt).rejects.toThrow("failed, 0 to go");
  });
});
