/* Renders results and errors as text. */

import { type ErrorCode, RainError } from "../../runtime/errors.ts";
import { visibleText } from "../../runtime/visible-text.ts";
import { stderrStyle } from "./terminal/style.ts";

/** Renders an error for stderr: what is wrong, where, and what to do. */
export async function renderError(error: RainError): Promise<string> {
  const lines = [`${stderrStyle.red.bold("error:")} ${visibleText(await describe(error))}`];
  const { debug } = error.details;
  if (typeof debug === "string")
    lines.push(`${stderrStyle.cyan("debug:")} ${visibleText(debug).split("\n").join("\n       ")}`);
  if (error.hint !== undefined) lines.push(`${stderrStyle.cyan("hint:")}  ${visibleText(error.hint)}`);
  if (error.code === "INTERNAL") lines.push(stderrStyle.dim(visibleText(stackOf(error))));
  return lines.join("\n");
}

async function describe(error: RainError): Promise<string> {
  if ("problems" in error) {
    const { formatProblems, SessionFileErrors } = await import("../../runtime/session-file/index.ts");
    if (error instanceof SessionFileErrors) return formatProblems(error.problems).trimEnd();
  }
  return error.message.split("\n").join("\n  ");
}

function stackOf(error: RainError): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? "";
}

/**
 * Converts any thrown value to a `RainError` with a hint for users of the command line. Errors of oclif about
 * the command line become `USAGE`.
 */
export function toRainError(thrown: unknown, command: string | undefined): RainError {
  const error = withoutHint(thrown);
  const help = command === undefined ? "rain --help" : `rain ${command} --help`;
  const hints: Partial<Record<ErrorCode, string>> = {
    USAGE: `\`${help}\` shows its arguments and flags.`,
    INVALID_PARAMS: "`rain submit FILE --help-params` lists the parameters.",
  };
  const hint = hints[error.code];
  if (error.hint !== undefined || hint === undefined) return error;
  return new RainError(error.code, error.message, { hint, details: error.details, cause: error.cause });
}

function withoutHint(error: unknown): RainError {
  if (!(error instanceof Error)) return RainError.from(error);
  // Under Deno, printing throws. Files that Rain writes have errors of their own.
  if (!(error instanceof RainError) && /^No space left on device/.test(error.message)) {
    return new RainError("IO", `cannot write to standard output: ${error.message}`);
  }
  if (!("oclif" in error)) return RainError.from(error);
  return new RainError("USAGE", error.message.replace(/\nSee more help with --help$/, ""));
}
