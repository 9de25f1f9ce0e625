/** How often and when a failed run of a task is repeated. */
export interface RetryRule {
  /** Number of retries, at most 255. */
  times: number;
  /** Seconds from a failure to the next run. Default: 0. */
  delay?: number | undefined;
  /** Factor by which each delay is longer than the previous one. Default: 1. */
  backoff?: number | undefined;
  /** Maximum delay in seconds. Default: 3600, or `delay` if that is longer. */
  maxDelay?: number | undefined;
}

/** A rule with its defaults filled in. */
export type FullRetryRule = { [Key in keyof RetryRule]-?: NonNullable<RetryRule[Key]> };

const MAX_SECONDS = 3600;

/** Returns the rule with its defaults filled in. */
export function retryRule(retries: number | RetryRule): FullRetryRule {
  const rule: RetryRule = typeof retries === "number" ? { times: retries } : retries;
  const { times, delay = 0, backoff = 1, maxDelay = Math.max(delay, MAX_SECONDS) } = rule;
  return { times, delay, backoff, maxDelay };
}

/**
 * Seconds from a failure to the next run: min(delay · backoff^(failures − 1), maxDelay). `failures` counts
 * from 1.
 */
export function delayAfter(failures: number, { delay, backoff, maxDelay }: FullRetryRule): number {
  return delay === 0 ? 0 : Math.min(delay * backoff ** (failures - 1), maxDelay);
}
