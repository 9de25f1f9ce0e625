import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { noteWritten, writtenAt } from "../reading/written-numbers.ts";
import type { Scope } from "./cel.ts";
import { namesIn } from "./names-in.ts";
import { hasExpression } from "./split-template.ts";
import { TemplateError, type Templates } from "./template.ts";

/** The value of an expression that failed; the failure has been reported. */
export const FAULTY = Symbol("faulty");

/** Whether a value contains an expression. */
export function holdsExpression(value: unknown): boolean {
  if (typeof value === "string") return hasExpression(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsExpression);
  for (const key in value) if (holdsExpression((value as Record<string, unknown>)[key])) return true;
  return false;
}

/** Whether an expression in a text uses a parameter whose fault is reported already. */
function namesUnknown(text: string, { unknown }: Scope): boolean {
  if (unknown === undefined) return false;
  const names = namesIn(text).filter((name) => name.startsWith("params."));
  return names.some((name) => unknown === "all" || unknown.has(name.slice("params.".length)));
}

/** Evaluates the expressions in a value. If one fails, it reports the problem and returns `FAULTY`. */
export class Expander {
  readonly templates: Templates;
  readonly #problems: Problems;

  constructor(templates: Templates, problems: Problems) {
    this.templates = templates;
    this.#problems = problems;
  }

  expand(value: unknown, scope: Scope, path: Path): unknown {
    const at = [...path];
    return this.#value(value, scope, at);
  }

  /**
   * Evaluates the expressions in the words of a command, each as a text. A problem is reported at its place in the whole
   * command.
   */
  expandWords(command: string, words: readonly string[], scope: Scope, path: Path): string[] | typeof FAULTY {
    try {
      return words.map((word) => this.templates.textOf(word, scope));
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#text(command, scope, [...path]);
      return FAULTY;
    }
  }

  #value(value: unknown, scope: Scope, path: (string | number)[]): unknown {
    if (typeof value === "string") return hasExpression(value) ? this.#text(value, scope, path) : value;
    if (typeof value !== "object" || value === null) return value;
    let isFaulty = false;
    const expandAt = (step: string | number, part: unknown): unknown => {
      path.push(step);
      const expanded = this.#value(part, scope, path);
      path.pop();
      if (expanded === FAULTY) isFaulty = true;
      return expanded;
    };
    const expanded = Array.isArray(value)
      ? value.map((part, index) => expandAt(index, part))
      : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, expandAt(key, part)]));
    if (isFaulty) return FAULTY;
    for (const [key, part] of Object.entries(expanded)) {
      if (typeof part !== "number") continue;
      const step = Array.isArray(value) ? Number(key) : key;
      const written = this.#writtenAt(value, step, scope);
      if (written !== undefined) noteWritten(expanded, step, part, written);
    }
    return expanded;
  }

  /** How a number was written, in the file or as a parameter. */
  #writtenAt(container: object, step: string | number, scope: Scope): string | undefined {
    const part: unknown = Reflect.get(container, step);
    return typeof part === "string" ? this.templates.writtenOf(part, scope) : writtenAt(container, step);
  }

  #text(text: string, scope: Scope, path: Path): unknown {
    try {
      return this.templates.valueOf(text, scope);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      if (namesUnknown(text, scope)) return FAULTY;
      const { message, suggestion } = this.#explain(error, scope);
      const location = { path: [...path], part: "value", character: { text, index: error.index } } as const;
      this.#problems.error(location, message, { suggestion });
      return FAULTY;
    }
  }

  #explain(
    { message, missing }: TemplateError,
    scope: Scope,
  ): { message: string; suggestion?: string | undefined } {
    if (!missing) return { message };
    const { name, of } = missing;
    if (of === "variables") {
      const suggestion = Object.hasOwn(scope.params, name)
        ? `params.${name}`
        : this.#problems.nearest(name, ["params", "matrix"]);
      const quotes = suggestion === undefined ? "; put text inside an expression in quotes" : "";
      return { message: `expressions can use params and matrix, not "${name}"${quotes}`, suggestion };
    }
    const names = Object.keys(scope[of] ?? {});
    const kind = of === "params" ? "parameter" : "matrix key";
    const suggestion = this.#problems.nearest(name, names);
    const owner = of === "params" ? "this file" : "this task";
    const known = `; ${owner} has ${names.length === 0 ? "none" : names.join(", ")}`;
    return { message: `there is no ${kind} "${name}"${suggestion === undefined ? known : ""}`, suggestion };
  }
}
