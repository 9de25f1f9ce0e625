import { RainError } from "../../runtime/errors.ts";
import { suggest } from "../../runtime/plugin/suggest.ts";
import type { SessionState } from "../../runtime/protocol/messages/index.ts";

/** A task type that nobody has may be a mistyped one of this machine, of which the server does not know. */
export async function explainUnknownType(error: unknown): Promise<unknown> {
  if (
    !(error instanceof RainError) ||
    error.code !== "UNKNOWN_TASK_TYPE" ||
    error.message.includes("did you mean")
  )
    return error;
  const { readIndex } = await import("../../runtime/plugin/installed/index.ts");
  const { rainHome } = await import("../../runtime/platform/rain-home.ts");
  const known = (await readIndex(rainHome())).flatMap(({ description }) => description.types);
  const near = suggest(
    String(error.details.type),
    known.map(({ name }) => name),
  );
  if (near === undefined || near === error.details.type) return error;
  const { code, message, hint, details } = error;
  return new RainError(code, `${message}; did you mean "${near}"?`, { hint, details });
}

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
