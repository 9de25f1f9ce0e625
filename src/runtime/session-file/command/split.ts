import { expressionEnd, OPENING } from "../expressions/split-template.ts";

/**
 * Characters that a shell does not treat as part of a word: operators and the start of a command
 * substitution.
 */
const OPERATOR = /[|&;<>()`\n]/;

/**
 * Splits a command into words at blanks, with single quotes, double quotes and backslashes as in the POSIX
 * shell language (section 2.2, quoting). Nothing is expanded: `$HOME` and `*` stay as they are, and an expression is part
 * of a word.
 * @throws Error for syntax that needs a shell, and for a quote that is not closed
 */
export function splitCommand(command: string): string[] {
  const text = command.trim();
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (text.startsWith(OPENING, at)) {
      const end = expressionEnd(text, at);
      word = (word ?? "") + text.slice(at, end);
      at = end - 1;
    } else if (text.startsWith(`$${OPENING}`, at)) {
      word = `${word ?? ""}$${OPENING}`;
      at += OPENING.length;
    } else if (character === " " || character === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const end = closingQuote(text, at);
      const quoted = text.slice(at + 1, end);
      word = (word ?? "") + (character === "'" ? quoted : quoted.replaceAll(/\\(?:([$`"\\])|\n)/g, "$1"));
      at = end;
    } else if (character === "\\") {
      at++;
      if (at === text.length) throw new Error("nothing follows the backslash at its end");
      if (text[at] !== "\n") word = (word ?? "") + text.charAt(at);
    } else if (OPERATOR.test(character) || (character === "#" && word === undefined)) {
      throw new Error(explainOperator(character));
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function closingQuote(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text.startsWith(OPENING, at) && text[at - 1] !== "$") at = expressionEnd(text, at) - 1;
    else if (text[at] === "\\" && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  throw new Error(`a ${quote === "'" ? "single" : "double"} quote is not closed`);
}

function explainOperator(character: string): string {
  if (character === "\n") return 'several lines need a shell: add "shell: true"';
  return `"${character}" needs a shell: add "shell: true", or put it in quotes`;
}
