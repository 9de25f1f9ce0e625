import { OPENING } from "../expressions/split-template.ts";

/**
 * The offset in a file of a character of a text that starts at `start` there, by whatever quotes, escapes or line breaks it is
 * written. Made for the characters of expressions: others, and what an alias repeats, stand at the start of the text.
 */
export function offsetInScalar(
  source: string,
  start: number,
  { text, index }: { text: string; index: number },
): number {
  // Expressions are found by counting, for what stands before them may be escaped in any way.
  const opening = text.lastIndexOf(OPENING, index);
  let at = start - 1;
  for (
    let found = text.indexOf(OPENING);
    found >= 0 && found <= opening;
    found = text.indexOf(OPENING, found + 1)
  ) {
    at = source.indexOf(OPENING, at + 1);
    if (at < 0) return start;
  }
  if (opening < 0) return start;
  for (let character = opening; character < index; character++)
    at = afterCharacter(source, at, text[character]);
  return at;
}

/** The offset of what follows a character of a text in its source. */
function afterCharacter(source: string, at: number, character: string): number {
  if (/\s/.test(character)) return at + (/^\s+/.exec(source.slice(at, at + 200))?.[0].length ?? 0);
  if (source[at] === character) return at + (character === "'" && source[at + 1] === "'" ? 2 : 1);
  return source[at] === "\\" && source[at + 1] === character ? at + 2 : at;
}
