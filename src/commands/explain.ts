import { RainError } from "../runtime/errors.ts";

/** What went wrong, with what to do now that the session is known. */
export function explainEnd(session: number, error: RainError): RainError {
  if (error.code !== "TASK_FAILED") return error;
  const hint = `\`rain logs ${session} --failed\` shows what the task printed.`;
  return new RainError(error.code, error.message, { hint, details: error.details });
}

/** The same, where the session was cancelled because its submitter would not wait any longer. */
export function explainCancel(session: number, error: RainError): RainError {
  if (error.code !== "INTERRUPTED" && error.code !== "TIMEOUT") return explainEnd(session, error);
  return new RainError(error.code, `${error.message}: session ${session} was cancelled`, {
    hint: `\`rain status ${session}\` shows how far it came.`,
  });
}
