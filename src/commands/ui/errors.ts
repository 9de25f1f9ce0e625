/* Renders results and errors as text. */

import { RainError } from "../../runtime/errors.ts";
import { stderrStyle } from "./terminal/style.ts";

/** Renders an error for stderr: what is wrong, where, and what to do. */
export async function renderError(error: RainError): Promise<string> {
  const lines = [`${stderrStyle.red.bold("error:")} ${await describe(error)}`];
  if (error.hint !== undefined) lines.push(`${stderrStyle.cyan("hint:")}  ${error.hint}`);
  if (error.code === "INTERNAL") lines.push(stderrStyle.dim(stackOf(error)));
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

/** Converts any thrown value to a `RainError`. Errors of oclif about the command line become `USAGE`. */
export function toRainError(error: unknown, command: string | undefined): RainError {
  if (!(error instanceof Error)) return RainError.from(error);
  // Under Deno, printing throws. Files that Rain writes have errors of their own.
  if (!(error instanceof RainError) && /^No space left on device/.test(error.message)) {
    return new RainError("IO", `cannot write to standard output: ${error.message}`);
  }
  if (!("oclif" in error)) return RainError.from(error);
  const message = error.message.replace(/\nSee more help with --help$/, "");
  const help = command === undefined ? "rain --help" : `rain ${command} --help`;
  return new RainError("USAGE", message, { hint: `\`${help}\` shows its arguments and flags.` });
}
