import { RainError } from "../../errors.ts";
import { retry } from "../../platform/retry.ts";

/** Repeats a transfer that failed for a passing reason, such as a broken connection. A `RainError` is final. */
export function withRetries<Result>(attempt: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const isTransient = (error: unknown) => !(error instanceof RainError);
  return retry(attempt, { attempts: 3, firstDelayMs: 50, factor: 4, signal, isTransient });
}
