import { RainError } from "../runtime/errors.ts";
import type { SessionState } from "../runtime/protocol/client-messages.ts";

/** Why the wait for a session has ended, with what to do now that the session is known. */
export function explainEnd(session: { id: number; state: SessionState }, error: RainError): RainError {
  const { id, state } = session;
  const told = (message: string, hint: string) =>
    new RainError(error.code, message, { hint, details: error.details });
  if (error.code === "TASK_FAILED") {
    return told(error.message, `\`rain logs ${id} --failed\` shows what the task printed.`);
  }
  if (error.code === "INTERRUPTED" || error.code === "TIMEOUT") {
    const fate = state === "cancelled" ? `session ${id} was cancelled` : `session ${id} is ${state}`;
    return told(`${error.message}: ${fate}`, `\`rain status ${id}\` shows how far it came.`);
  }
  return error;
}
