import { setTimeout as sleep } from "node:timers/promises";
import { RainError } from "../../errors.ts";

const TRIES = 3;
const FIRST_PAUSE_MS = 50;

/** Tries again what failed for a passing reason, such as a broken connection. A `RainError` is final. */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === TRIES || signal.aborted || error instanceof RainError) throw error;
    }
    await sleep(FIRST_PAUSE_MS * 4 ** (tries - 1), undefined, { signal });
  }
}
