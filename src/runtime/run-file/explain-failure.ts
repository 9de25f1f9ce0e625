import { RainError } from "../errors.ts";
import { suggest } from "../plugin/suggest.ts";
import type { SessionState } from "../protocol/messages/index.ts";

/** Suggests a task type installed on this machine where a submit failed because no worker has the type. */
export async function explainUnknownType(error: unknown): Promise<unknown> {
  if (
    !(error instanceof RainError) ||
    error.code !== "UNKNOWN_TASK_TYPE" ||
    error.message.includes("did you mean")
  )
    return error;
  const { readIndex } = await import("../plugin/installed/index.ts");
  const { rainHome } = await import("../platform/rain-home.ts");
  const known = (await readIndex(rainHome())).flatMap(({ description }) => description.types);
  const near = suggest(
    String(error.details.type),
    known.map(({ name }) => name),
  );
  if (near === undefined || near === error.details.type) return error;
  const { code, message, hint, details } = error;
  return new RainError(code, `${message}; did you mean "${near}"?`, { hint, details });
}

/** Adds the id of the session, and what to do, to the error that ended the wait for it. */
export function explainEnd(session: { id: number; state: SessionState }, error: RainError): RainError {
  const { id, state } = session;
  const told = (message: string, hint: string) =>
    new RainError(error.code, message, { hint, details: error.details });
  if (error.code === "TASK_FAILED") {
    return told(error.message, `\`rain logs ${id} --failed\` shows what the task printed.`);
  }
  if (error.code === "INTERRUPTED" || error.code === "TIMEOUT") {
    const fate = state === "cancelled" ? `session ${id} was cancelled` : `session ${id} is ${state}`;
    return told(`${error.message}: ${fate}`, `\`rain status ${id}\` shows its progress.`);
  }
  return error;
}
