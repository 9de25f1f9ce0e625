import { messageOf } from "../../errors.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import type { Failure } from "../messages.ts";

/**
 * A thrown value in the form that the worker receives. The details are those of a `TaskError`, even of one from
 * another copy of this package. For other errors, they have the stack.
 */
export function failureOf(thrown: unknown, prefix = ""): Failure {
  const message = `${prefix}${messageOf(thrown) || "it failed without a message"}`;
  if (!(thrown instanceof Error)) return { message, details: {} };
  if ("details" in thrown) {
    const details = plainJson(thrown.details);
    return { message, details: typeof details === "object" && details !== null ? { ...details } : {} };
  }
  return { message, details: thrown.stack === undefined ? {} : { stack: thrown.stack } };
}
