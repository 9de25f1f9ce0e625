import { messageOf } from "../../errors.ts";
import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import type { Scope } from "../expressions/cel.ts";
import { type Expander, FAULTY } from "../expressions/expand-value.ts";
import { hasExpression, splitTemplate, TemplateSyntaxError } from "../expressions/split-template.ts";
import { splitCommand } from "./split.ts";

/** Expands the commands of tasks. Outside of a shell a value never makes two words, whatever is in it. */
export class CommandExpander {
  readonly #expander: Expander;
  readonly #problems: Problems;
  /** The words of commands that were split, as templates. */
  readonly #words = new Map<string, string[] | Error>();

  constructor(expander: Expander, problems: Problems) {
    this.#expander = expander;
    this.#problems = problems;
  }

  /** @returns the value of the key `run`: a script for a shell, otherwise words; or `FAULTY` */
  expand(run: string, shell: unknown, scope: Scope, path: Path): unknown {
    if (!hasExpression(run)) return run;
    if (shell) return this.#expander.expand(run, scope, path);
    const words = this.#split(run);
    // Evaluating the command reports a syntax error of an expression at its place.
    if (words instanceof TemplateSyntaxError) return this.#expander.expand(run, scope, path);
    if (words instanceof Error) {
      const message = `cannot split this command: ${messageOf(words)}`;
      this.#problems.error({ path, part: "value" }, message);
      return FAULTY;
    }
    if (isExpression(run)) {
      const value = this.#expander.expand(run, scope, path);
      if (value === FAULTY || Array.isArray(value)) return value;
    }
    return this.#expander.expandWords(run, words, scope, path);
  }

  #split(run: string): string[] | Error {
    let words = this.#words.get(run);
    if (!words) {
      words = wordsOf(run);
      this.#words.set(run, words);
    }
    return words;
  }
}

function wordsOf(run: string): string[] | Error {
  try {
    return splitCommand(run);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Whether the text is one expression and nothing else. */
function isExpression(text: string): boolean {
  try {
    const [first, ...others] = splitTemplate(text.trim());
    return first !== undefined && "expression" in first && others.length === 0;
  } catch {
    return false;
  }
}
