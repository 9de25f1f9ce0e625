import { inspect } from "node:util";
import { messageOf } from "../../errors.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import type { Failure } from "../messages.ts";

/**
 * A thrown value in the form that the worker receives. The details are those of a `TaskError`, even of one from
 * another copy of this package. For other errors, they have the stack.
 */
export function failureOf(thrown: unknown, prefix = ""): Failure {
  const message = `${prefix}${textOf(thrown) || "it failed without a message"}`;
  if (!(thrown instanceof Error)) return { message, details: {} };
  if ("details" in thrown) {
    const details = plainJson(thrown.details);
    return { message, details: typeof details === "object" && details !== null ? { ...details } : {} };
  }
  return { message, details: thrown.stack === undefined ? {} : { stack: thrown.stack } };
}

/** The message with the name of the error, such as `RangeError: bad 1`, unless the name says nothing. */
function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error))
    return typeof thrown === "object" ? inspect(thrown, { depth: 2 }) : String(thrown);
  const { name } = thrown;
  const isPlain = name === "Error" || name === "TaskError" || typeof name !== "string";
  return isPlain ? messageOf(thrown) : `${name}: ${messageOf(thrown)}`;
}
