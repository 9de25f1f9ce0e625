import { suggest } from "../../plugin/suggest.ts";
import type { Source } from "../reading/source.ts";
import type { LocatedFile, Location } from "./location.ts";
import { type LocatedProblem, withPositions } from "./positions.ts";
import { type Problem, type ProblemKind, SessionFileErrors } from "./problem.ts";

/** Finding a suggestion compares every name of the file; further problems get none. */
const MAX_SUGGESTIONS = 25;

/** Collects problems. Their positions are looked up only in the end, since that is slow and rarely needed. */
export class Problems {
  /** The file of the problems that are reported next. */
  file: LocatedFile;
  /**
   * The instance of a task with a matrix that is checked. Each location is reported once for all instances.
   */
  instance: string | undefined;
  readonly #reportedOfInstances = new Map<LocatedFile, Set<string>>();
  #errors: LocatedProblem[] = [];
  #warnings: LocatedProblem[] = [];
  #suggestions = 0;
  #count = 0;
  #kinds = new Set<ProblemKind>();

  constructor(source: Source) {
    // Parsers report offsets.
    this.file = { source, locate: () => 0 };
  }

  /** The number of errors so far. */
  get count(): number {
    return this.#count;
  }

  error(
    location: LocatedProblem["location"],
    message: string,
    options: { suggestion?: string | undefined; kind?: ProblemKind } = {},
  ): void {
    this.#count++;
    this.#kinds.add(options.kind ?? "INVALID_FILE");
    if (this.instance !== undefined && this.#isReported(location)) return;
    const where = this.instance === undefined ? "" : ` (in ${this.instance})`;
    const { suggestion } = options;
    this.#errors.push({ file: this.file, location, message: `${message}${where}`, suggestion });
  }

  #isReported(location: LocatedProblem["location"]): boolean {
    const reported = this.#reportedOfInstances.get(this.file) ?? new Set();
    this.#reportedOfInstances.set(this.file, reported);
    const text = JSON.stringify(location);
    return reported.has(text) || !reported.add(text);
  }

  warning(location: Location, message: string): void {
    this.#warnings.push({ file: this.file, location, message, suggestion: undefined });
  }

  /** The name that was probably meant by a mistyped one. */
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
