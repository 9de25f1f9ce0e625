import { entryAt } from "../../collections/entry-at.ts";
import { offsetInScalar } from "../reading/scalar-offset.ts";
import type { LocatedFile, Location } from "./location.ts";
import type { Problem } from "./problem.ts";

/** A problem whose position has not been looked up yet. */
export interface LocatedProblem {
  file: LocatedFile;
  location: Location | { offset: number };
  message: string;
  suggestion: string | undefined;
}

/** A location in messages: `file:line:column`. */
export function describeLocation({ source, locate }: LocatedFile, location: Location): string {
  const { line, column } = position(source.text, lineStarts(source.text), locate(location));
  return `${source.name}:${line}:${column}`;
}

/** The problems with their positions, file by file in order of position. */
export function withPositions(found: readonly LocatedProblem[]): Problem[] {
  const files = new Map<LocatedFile, LocatedProblem[]>();
  for (const problem of found) {
    const others = files.get(problem.file);
    if (others) others.push(problem);
    else files.set(problem.file, [problem]);
  }
  return [...files].flatMap(([file, problems]) => positionsIn(file, problems));
}

function positionsIn({ source, locate }: LocatedFile, found: readonly LocatedProblem[]): Problem[] {
  const lines = lineStarts(source.text);
  const offsetOf = (location: LocatedProblem["location"]) => {
    if ("offset" in location) return location.offset;
    const start = locate(location);
    return location.character ? offsetInScalar(source.text, start, location.character) : start;
  };
  return found
    .map((problem) => ({ ...problem, offset: offsetOf(problem.location) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, message, suggestion }) => ({
      file: source.name,
      ...position(source.text, lines, offset),
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    }));
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}

/** Longer lines are cut to this many characters around the problem. */
const SHOWN = 110;

function position(text: string, starts: number[], offset: number) {
  const line = lineOf(starts, offset);
  const start = starts[line] ?? 0;
  const next = starts[line + 1];
  const end = next === undefined ? text.length : next - 1;
  const column = offset - start;
  const from = end - start <= SHOWN ? start : Math.max(start, Math.min(offset - SHOWN / 2, end - SHOWN));
  return {
    line: line + 1,
    column: column + 1,
    sourceLine: text.slice(from, Math.min(end, from + SHOWN)).replace(/\r$/, ""),
    caret: offset - from,
  };
}

/** The last line that starts at or before the offset. */
function lineOf(starts: number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (entryAt(starts, middle) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
