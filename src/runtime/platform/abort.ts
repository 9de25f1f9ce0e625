import { messageOf, RainError } from "../errors.ts";

/** The error of a wait whose signal has aborted: the reason, if it is a RainError, else TIMEOUT or INTERRUPTED. */
export function interruption(signal: AbortSignal): RainError {
  const { reason } = signal;
  if (reason instanceof RainError) return reason;
  const isTimeout = reason instanceof Error && reason.name === "TimeoutError";
  return new RainError(isTimeout ? "TIMEOUT" : "INTERRUPTED", `given up: ${messageOf(reason)}`, {
    cause: reason,
  });
}

/** Waits for a promise, or until the signal aborts. @throws the error of `interruption` if the signal aborts first */
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
