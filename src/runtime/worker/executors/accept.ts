import { createServer, type Socket } from "node:net";
import { messageOf, RainError } from "../../errors.ts";
import type { LaunchedProcess } from "./process.ts";

/** Seconds from the start of a process to its first message, at most. */
const READY_SECONDS = 30;

/** A Unix socket on which the worker waits for one process. */
export interface ExecutorSocket {
  /**
   * Waits for the connection of the process. @throws EXECUTOR_FAILED when it ends first or takes too long;
   * the reason of `signal`
   */
  connection(child: LaunchedProcess, signal: AbortSignal): Promise<Socket>;
  close(): void;
}

/** @param name of the executor, for messages @throws EXECUTOR_FAILED */
export async function openSocket(path: string, name: string): Promise<ExecutorSocket> {
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => server.once("connection", resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    throw new RainError(
      "EXECUTOR_FAILED",
      `executor ${name} cannot be started: no socket at ${path}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return {
    connection: (child, signal) => firstOf(connected, { name, child, signal, what: "connected" }),
    close: () => server.close(),
  };
}

/** Waits for a step of a process that has just been started. @throws EXECUTOR_FAILED; the reason of `signal` */
export async function firstOf<Result>(
  step: Promise<Result>,
  { name, child, signal, what }: { name: string; child: LaunchedProcess; signal: AbortSignal; what: string },
): Promise<Result> {
  let stop = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    const fail = (how: string) => {
      const tail = child.tail();
      reject(
        new RainError("EXECUTOR_FAILED", `executor ${name} ${how}${tail && `:\n${tail}`}`, {
          details: { stderr: tail },
        }),
      );
    };
    const timer = setTimeout(() => fail(`has not ${what} within ${READY_SECONDS} s`), READY_SECONDS * 1000);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    void child.exited.then((ending) => fail(`${describeEnding(ending)} before it had ${what}`));
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
  });
  try {
    return await Promise.race([step, interrupted]);
  } finally {
    stop();
  }
}

/** `exited with code 3`, `was killed by SIGSEGV` */
export function describeEnding({ code, signal }: { code: number | null; signal: string | null }): string {
  return signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
}
