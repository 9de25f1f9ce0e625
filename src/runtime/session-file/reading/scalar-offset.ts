import { OPENING } from "../expressions/split-template.ts";

/**
 * The offset in the source of a character of a text that starts at `start`, whatever quotes, escapes or line
 * breaks the source uses. It is exact inside expressions. Other characters, and texts that an alias repeats,
 * get the start of the text.
 */
export function offsetInScalar(
  source: string,
  start: number,
  { text, index }: { text: string; index: number },
): number {
  // Counts the expressions, since the text before them may be escaped in any way.
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
    at = afterCharacter(source, at, text.charAt(character));
  return at;
}

/** The offset in the source after one character of the text. */
function afterCharacter(source: string, at: number, character: string): number {
  if (/\s/.test(character)) return at + (/^\s+/.exec(source.slice(at, at + 200))?.[0].length ?? 0);
  if (source[at] === character) return at + (character === "'" && source[at + 1] === "'" ? 2 : 1);
  return source[at] === "\\" && source[at + 1] === character ? at + 2 : at;
}
