import { messageOf, RainError } from "../errors.ts";

/** Why a wait ends whose signal has aborted: its reason, if that is an error of Rain, else TIMEOUT or INTERRUPTED. */
export function interruption(signal: AbortSignal): RainError {
  const { reason } = signal;
  if (reason instanceof RainError) return reason;
  const isTimeout = reason instanceof Error && reason.name === "TimeoutError";
  return new RainError(isTimeout ? "TIMEOUT" : "INTERRUPTED", `given up: ${messageOf(reason)}`, {
    cause: reason,
  });
}

/** What the promise gives, unless the signal aborts first. @throws INTERRUPTED or TIMEOUT by the signal */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) throw interruption(signal);
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(interruption(signal));
  });
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
