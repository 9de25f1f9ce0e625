import { describeValue } from "../reading/plain-values.ts";
import { compile, type Evaluate, ExpressionError, type Scope } from "./cel.ts";
import { hasExpression, splitTemplate, TemplateSyntaxError } from "./split-template.ts";

/** An expression in a text is wrong. */
export class TemplateError extends Error {
  /** Index of the wrong character in the text. */
  readonly index: number;
  readonly missing: ExpressionError["missing"];
  constructor(index: number, message: string, missing?: ExpressionError["missing"]) {
    super(message);
    this.index = index;
    this.missing = missing;
  }
}

type Part =
  | { literal: string }
  | {
      evaluate: Evaluate;
      start: number /** Set if the expression is only this parameter. */;
      param?: string;
    };

/** Evaluates the expressions in texts, and compiles each text once. */
export class Templates {
  readonly #compiled = new Map<string, Part[] | TemplateError>();

  /**
   * The value of a text. If the text is a single expression, its value keeps its type.
   * @throws TemplateError
   */
  valueOf(text: string, scope: Scope): unknown {
    if (!hasExpression(text)) return text;
    const parts = this.#parts(text);
    const [first] = parts;
    if (first && parts.length === 1) return partValue(first, scope);
    return this.textOf(text, scope);
  }

  /** The value of a text, as text. @throws TemplateError, also for a list or a map */
  textOf(text: string, scope: Scope): string {
    return this.#parts(text)
      .map((part) => textOf(part, scope))
      .join("");
  }

  /** The text of the number that `valueOf` gives, if it would not be written the same again. */
  writtenOf(text: string, scope: Scope): string | undefined {
    const [first, ...others] = this.#parts(text);
    return first && others.length === 0 ? writtenPart(first, scope) : undefined;
  }

  #parts(text: string): Part[] {
    let parts = this.#compiled.get(text);
    if (!parts) {
      parts = compileParts(text);
      this.#compiled.set(text, parts);
    }
    if (parts instanceof TemplateError) throw parts;
    return parts;
  }
}

function compileParts(text: string): Part[] | TemplateError {
  try {
    return splitTemplate(text).map((part) => {
      if ("literal" in part) return part;
      const { expression, start } = part;
      const [, param] = /^params\.(\w+)$/.exec(expression) ?? [];
      return { evaluate: shifted(start, () => compile(expression)), start, ...(param && { param }) };
    });
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return new TemplateError(error.index, error.message);
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

function partValue(part: Part, scope: Scope): unknown {
  return "literal" in part ? part.literal : shifted(part.start, () => part.evaluate(scope));
}

function writtenPart(part: Part, { written = {} }: Scope): string | undefined {
  if (!("param" in part) || part.param === undefined) return undefined;
  return Object.hasOwn(written, part.param) ? written[part.param] : undefined;
}

function textOf(part: Part, scope: Scope): string {
  const value = partValue(part, scope);
  const written = writtenPart(part, scope);
  if (written !== undefined) return written;
  if (typeof value === "object") {
    const hint = Array.isArray(value) ? '; join(list, " ") converts it to text' : "";
    throw new TemplateError(
      "start" in part ? part.start : 0,
      `${describeValue(value)} cannot be part of a text${hint}`,
    );
  }
  return String(value);
}

function shifted<Result>(start: number, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new TemplateError(start + error.index, error.message, error.missing);
  }
}
