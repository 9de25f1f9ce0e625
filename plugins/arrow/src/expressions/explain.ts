import { TypeError as CelTypeError, EvaluationError, ParseError } from "@marcbachmann/cel-js";
import { shown } from "../table/text/from-text.ts";

/** @param where begins the message, such as `where` @param hint what is added, given the part of CEL's message that says what there is not */
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

/** What a person who does not know CEL can do something with; its own words where there is nothing better to say. */
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

/** `dyn<int>` is an `int` whose type shows when it is evaluated. */
function plainTypes(text: string): string {
  return text.replaceAll(/dyn<([\w.]+)>/g, "$1").replaceAll("google.protobuf.", "");
}
