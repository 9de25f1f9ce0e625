/** The start of an expression. */
export const OPENING = "${{";

/** A part of a text: literal text, or an expression. */
export type TemplatePart =
  | { literal: string }
  | { expression: string /** Index of its first character in the text. */; start: number };

export class TemplateSyntaxError extends Error {
  /** Index of the wrong character in the text. */
  readonly index: number;
  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

export function hasExpression(text: string): boolean {
  return text.includes(OPENING);
}

/**
 * Splits a text at its expressions, `${{ … }}`. `$${{` stands for `${{` itself.
 * @throws TemplateSyntaxError
 */
export function splitTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = "";
  let at = 0;
  for (;;) {
    const opening = text.indexOf(OPENING, at);
    if (opening < 0) break;
    if (text[opening - 1] === "$" && opening > at) {
      literal += text.slice(at, opening - 1) + OPENING;
      at = opening + 3;
      continue;
    }
    literal += text.slice(at, opening);
    if (literal !== "") parts.push({ literal });
    literal = "";
    const end = closing(text, opening);
    const inner = text.slice(opening + 3, end);
    const expression = inner.trim();
    if (expression === "")
      throw new TemplateSyntaxError(opening, `there is no expression between ${OPENING} and }}`);
    parts.push({ expression, start: opening + 3 + inner.indexOf(expression) });
    at = end + 2;
  }
  literal += text.slice(at);
  if (literal !== "" || parts.length === 0) parts.push({ literal });
  return parts;
}

/** The end of the expression that opens at this index, behind its `}}`. @throws TemplateSyntaxError */
export function expressionEnd(text: string, opening: number): number {
  return closing(text, opening) + 2;
}

/** Index of the `}}` that closes `${{`, past braces and quotes inside the expression. */
function closing(text: string, opening: number): number {
  let depth = 0;
  for (let at = opening + 3; at < text.length; at++) {
    const character = text[at];
    if (character === '"' || character === "'") {
      at = closingQuote(text, at);
    } else if (character === "{") depth++;
    else if (character === "}" && depth > 0) depth--;
    else if (character === "}" && text[at + 1] === "}") return at;
  }
  throw new TemplateSyntaxError(opening, `this "${OPENING}" is never closed with "}}"`);
}

function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[start]) return at;
  }
  throw new TemplateSyntaxError(start, "this quote of the expression is never closed");
}
