import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  /** Milliseconds before the second attempt; each later delay is `factor` times as long, up to `maxDelayMs`. */
  firstDelayMs: number;
  /** Default: no limit. */
  maxDelayMs?: number;
  /** Default: 2. */
  factor?: number;
  /** Maximum number of attempts. Default: no limit. */
  attempts?: number;
  /** An attempt that fails this many milliseconds after the beginning is the last one. Default: no limit. */
  patienceMs?: number;
  signal: AbortSignal;
  /** Whether another attempt may succeed. */
  isTransient: (error: unknown) => boolean;
}

/** Time and randomness, which tests can replace. */
export interface RetryWorld {
  /** Milliseconds. */
  now(): number;
  /** Waits, or returns early when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
}

const WORLD: RetryWorld = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
  random: Math.random,
};

/**
 * Repeats an attempt until it succeeds. The delays grow exponentially and have "equal jitter": each is between
 * half and all of its
 * length, so that clients that lost the same server do not return at the same moment
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @throws the error of the last attempt. Once the signal has aborted, no further attempt is made
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  options: RetryOptions,
  world: RetryWorld = WORLD,
): Promise<Result> {
  const {
    firstDelayMs,
    maxDelayMs = Infinity,
    factor = 2,
    attempts = Infinity,
    patienceMs = Infinity,
  } = options;
  const { signal, isTransient } = options;
  const deadline = world.now() + patienceMs;
  let delay = Math.min(firstDelayMs, maxDelayMs);
  for (let count = 1; ; count++) {
    let failure: unknown;
    try {
      return await attempt();
    } catch (error) {
      failure = error;
    }
    if (signal.aborted || count >= attempts || !isTransient(failure) || world.now() > deadline) throw failure;
    await world.sleep(delay * (0.5 + world.random() / 2), signal);
    if (signal.aborted) throw failure;
    delay = Math.min(delay * factor, maxDelayMs);
  }
}
