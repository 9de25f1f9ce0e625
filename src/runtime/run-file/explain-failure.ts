import { RainError } from "../errors.ts";
import { suggest } from "../plugin/suggest.ts";
import type { SessionStatus } from "../protocol/messages/index.ts";

/** If a submit failed because no worker has a task type, suggests a similar installed type. */
export async function explainUnknownType(error: unknown): Promise<unknown> {
  if (
    !(error instanceof RainError) ||
    error.code !== "UNKNOWN_TASK_TYPE" ||
    error.message.includes("did you mean")
  )
    return error;
  const { readIndex } = await import("../plugin/installed/index.ts");
  const { rainHome } = await import("../platform/files/rain-home.ts");
  const known = (await readIndex(rainHome())).flatMap(({ description }) => description.types);
  const near = suggest(
    String(error.details.type),
    known.map(({ name }) => name),
  );
  if (near === undefined || near === error.details.type) return error;
  const { code, message, hint, details } = error;
  return new RainError(code, `${message}; did you mean "${near}"?`, { hint, details });
}

/** Adds the id of the session and a hint to the error that ended the wait for the session. */
export function explainEnd(
  { session: id, state }: Pick<SessionStatus, "session" | "state">,
  error: RainError,
): RainError {
  const explained = (message: string, hint: string) =>
    new RainError(error.code, message, { hint, details: error.details });
  if (error.code === "TASK_FAILED") {
    return explained(error.message, `\`rain logs ${id} --failed\` shows what the task printed.`);
  }
  if (error.code === "INTERRUPTED" || error.code === "TIMEOUT") {
    const ending = state === "cancelled" ? `session ${id} was cancelled` : `session ${id} is ${state}`;
    return explained(`${error.message}: ${ending}`, `\`rain status ${id}\` shows its progress.`);
  }
  return error;
}
