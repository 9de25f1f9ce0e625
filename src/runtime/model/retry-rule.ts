/** How often a failed run of a task is repeated, and when. */
export interface RetryRule {
  /** At most 255. */
  times: number;
  /** Seconds from a failure to the next run. Default: 0. */
  delay?: number;
  /** Factor by which each delay is longer than the previous one. Default: 1. */
  backoff?: number;
  /** Longest delay, in seconds. Default: an hour, or `delay` if that is longer. */
  maxDelay?: number;
}

const MAX_SECONDS = 3600;

/** The rule with every default in its place. */
export function retryRule(retries: number | RetryRule): Required<RetryRule> {
  const rule: RetryRule = typeof retries === "number" ? { times: retries } : retries;
  const { times, delay = 0, backoff = 1, maxDelay = Math.max(delay, MAX_SECONDS) } = rule;
  return { times, delay, backoff, maxDelay };
}

/** Seconds to the next run of a task after this many failures, at least one. */
export function delayAfter(failures: number, { delay, backoff, maxDelay }: Required<RetryRule>): number {
  return delay === 0 ? 0 : Math.min(delay * backoff ** (failures - 1), maxDelay);
}
