import { messageOf } from "../../errors.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import type { Failure } from "../messages.ts";

/**
 * A thrown value as the worker is told. The `details` of a `TaskError` go along, also of one from another copy of this package; an
 * error of another kind tells where in the code it was made.
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
