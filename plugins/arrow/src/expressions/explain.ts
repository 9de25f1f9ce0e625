import { TypeError as CelTypeError, EvaluationError, ParseError } from "@marcbachmann/cel-js";
import { shown } from "../table/text/from-text.ts";

/**
 * Turns an error of CEL into one that explains it.
 * @param where the start of the message, such as `where`
 * @param unknownVariable returns the reason for a variable that does not exist
 */
export function explain(
  error: unknown,
  {
    where,
    text,
    unknownVariable,
  }: { where: string; text: string; unknownVariable: (name: string) => string },
): Error {
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) {
    return new Error(`${where}: ${error instanceof Error ? error.message : error}`);
  }
  const place = `at character ${(error.range?.start ?? 0) + 1} of ${shown(text)}`;
  return new Error(`${where}: ${reasonOf(error.summary, unknownVariable)}, ${place}`);
}

/** The reason in words that do not require knowledge of CEL, or CEL's own words if there are no better ones. */
function reasonOf(summary: string, unknownVariable: (name: string) => string): string {
  const variable = /^Unknown variable: (.*)/.exec(summary)?.[1];
  if (variable !== undefined) return unknownVariable(variable);
  const operation = /^no such overload: (.*)/.exec(summary)?.[1];
  if (operation !== undefined) return `there is no operation ${plainTypes(operation)}`;
  const call = /^found no matching overload for '(.*)'/.exec(summary)?.[1];
  if (call !== undefined) return `there is no function ${plainTypes(call)}`;
  if (/^Unexpected token: EOF/.test(summary)) return "the expression ends too early";
  return summary[0].toLowerCase() + summary.slice(1);
}

/** Removes `dyn`: `dyn<int>` is an `int` whose type is known only after evaluation. */
function plainTypes(text: string): string {
  return text.replaceAll(/dyn<([\w.]+)>/g, "$1").replaceAll("google.protobuf.", "");
}
