import { RainError } from "../../errors.ts";

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
  /** The line, or the part around the problem when the line is very long. */
  sourceLine: string;
  /** Index of the problem in `sourceLine`, from 0. */
  caret: number;
}

export type ProblemKind = "INVALID_FILE" | "UNKNOWN_TASK_TYPE";

/**
 * Everything that is wrong with a session file, in order of position: `details.errors` is the same as
 * `problems`.
 */
export class SessionFileErrors extends RainError {
  readonly problems: readonly Problem[];

  constructor(kind: ProblemKind, file: string, problems: Problem[]) {
    const [first] = problems;
    const others = problems.length - 1;
    const rest = others === 0 ? "" : ` (and ${others} more error${others === 1 ? "" : "s"})`;
    super(kind, `${first ? headline(first) : file}${rest}`, { details: { file, errors: problems } });
    this.problems = problems;
  }
}

/** More than anybody reads. */
const MAX_FORMATTED = 100;

/** Each problem with its position and message, its line, and a caret under its position. */
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
