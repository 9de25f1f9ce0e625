import { RainError } from "../../errors.ts";
import { suggest } from "../../plugin/suggest.ts";
import { offsetInScalar } from "../reading/scalar-offset.ts";
import type { Source } from "../reading/source.ts";

/** One thing that is wrong with a session file. */
export interface Problem {
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 code units. */
  column: number;
  message: string;
  /** What was probably meant. */
  suggestion?: string;
  /** The line, or of a very long one the part around the problem. */
  sourceLine: string;
  /** Where in `sourceLine` the problem is, from 0. */
  caret: number;
}

/** Keys and indices from the top of a document. */
export type Path = readonly (string | number)[];

/** The value at a path, or its key. What is not in the file stands at the key of what should hold it. */
export interface Place {
  path: Path;
  part: "key" | "value";
  /** Of a value that is text: the character of it that is meant. */
  character?: { text: string; index: number };
}

export type ProblemKind = "INVALID_FILE" | "UNKNOWN_TASK_TYPE";

/** A file of the session, and where in it places are. */
export interface LocatedFile {
  source: Source;
  /** The offset in the text. */
  locate: (place: Place) => number;
}

interface Found {
  file: LocatedFile;
  place: Place | { offset: number };
  message: string;
  suggestion: string | undefined;
}

/** Suggestions look at every name of the file: after this many problems they would cost too much. */
const MAX_SUGGESTIONS = 25;

/** Gathers what is wrong; the positions are looked up only in the end, for they are costly and mostly not needed. */
export class Problems {
  /** What is found stands in this file. */
  file: LocatedFile;
  /** What is found concerns this instance of a task with a matrix. The same place is told once, whatever the number of instances. */
  instance: string | undefined;
  readonly #toldOfInstances = new Map<LocatedFile, Set<string>>();
  #errors: Found[] = [];
  #warnings: Found[] = [];
  #suggestions = 0;
  #count = 0;
  #kinds = new Set<ProblemKind>();

  constructor(source: Source) {
    // What the parsers report has its offset already.
    this.file = { source, locate: () => 0 };
  }

  /** Errors so far. */
  get count(): number {
    return this.#count;
  }

  error(
    place: Found["place"],
    message: string,
    options: { suggestion?: string; kind?: ProblemKind } = {},
  ): void {
    this.#count++;
    this.#kinds.add(options.kind ?? "INVALID_FILE");
    if (this.instance !== undefined && this.#isTold(place)) return;
    const where = this.instance === undefined ? "" : ` (in ${this.instance})`;
    const { suggestion } = options;
    this.#errors.push({ file: this.file, place, message: `${message}${where}`, suggestion });
  }

  #isTold(place: Found["place"]): boolean {
    const told = this.#toldOfInstances.get(this.file) ?? new Set();
    this.#toldOfInstances.set(this.file, told);
    const text = JSON.stringify(place);
    return told.has(text) || !told.add(text);
  }

  warning(place: Place, message: string): void {
    this.#warnings.push({ file: this.file, place, message, suggestion: undefined });
  }

  /** The one of the names that a mistyped one probably means. */
  nearest(name: string, names: Iterable<string>): string | undefined {
    return this.#suggestions++ < MAX_SUGGESTIONS ? suggest(name, names) : undefined;
  }

  /** @param main the file that was asked for */
  toError(main: Source): SessionFileErrors {
    const kind = this.#kinds.has("INVALID_FILE") ? "INVALID_FILE" : "UNKNOWN_TASK_TYPE";
    return new SessionFileErrors(kind, main.name, withPositions(this.#errors));
  }

  warnings(): Problem[] {
    return withPositions(this.#warnings);
  }
}

/** Everything that is wrong with a session file, in order of position: `details.errors` holds the same as `problems`. */
export class SessionFileErrors extends RainError {
  readonly problems: readonly Problem[];

  constructor(kind: ProblemKind, file: string, problems: Problem[]) {
    const [first] = problems;
    const others = problems.length - 1;
    const rest = others === 0 ? "" : ` (and ${others} more error${others === 1 ? "" : "s"})`;
    super(kind, `${headline(first)}${rest}`, { details: { file, errors: problems } });
    this.problems = problems;
  }
}

/** Where a place is, for messages: `file:line:column`. */
export function describePlace({ source, locate }: LocatedFile, place: Place): string {
  const { line, column } = position(source.text, lineStarts(source.text), locate(place));
  return `${source.name}:${line}:${column}`;
}

/** More than anybody reads. */
const MAX_FORMATTED = 100;

/** For each problem its position and message, the line it is in, and a caret under the place. */
export function formatProblems(problems: readonly Problem[]): string {
  const shown = problems.slice(0, MAX_FORMATTED).map(formatProblem);
  if (problems.length > shown.length) shown.push(`… and ${problems.length - shown.length} more\n`);
  return shown.join("\n");
}

function formatProblem(problem: Problem): string {
  const { line, sourceLine, caret } = problem;
  const number = String(line);
  const margin = " ".repeat(number.length);
  // Tabs stay, so that the caret stands under the same column.
  const indent = sourceLine.slice(0, caret).replaceAll(/[^\t]/g, " ");
  return `${headline(problem)}\n  ${number} | ${sourceLine}\n  ${margin} | ${indent}^\n`;
}

function headline({ file, line, column, message, suggestion }: Problem): string {
  const meant = suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
  return `${file}:${line}:${column}: ${message}${meant}`;
}

/** File by file, in order of position. */
function withPositions(found: readonly Found[]): Problem[] {
  const files = new Map<LocatedFile, Found[]>();
  for (const problem of found) {
    const others = files.get(problem.file);
    if (others) others.push(problem);
    else files.set(problem.file, [problem]);
  }
  return [...files].flatMap(([file, problems]) => positionsIn(file, problems));
}

function positionsIn({ source, locate }: LocatedFile, found: readonly Found[]): Problem[] {
  const lines = lineStarts(source.text);
  const offsetOf = (place: Found["place"]) => {
    if ("offset" in place) return place.offset;
    const start = locate(place);
    return place.character ? offsetInScalar(source.text, start, place.character) : start;
  };
  return found
    .map((problem) => ({ ...problem, offset: offsetOf(problem.place) }))
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
  const start = starts[line];
  const end = line + 1 < starts.length ? starts[line + 1] - 1 : text.length;
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
    if (starts[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
