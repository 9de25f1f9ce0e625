/*
 * Text from tasks, names and files that a terminal may show: control characters would move its cursor, change its colours or forge
 * lines; invisible ones would hide or reorder text.
 */

/** Control and format characters, line separators, blank letters and halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;
const NAMES: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** Colours and other styles. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these sequences begin with a control character.
const STYLES = /\x1b\[[\d;:]*m/g;

/** The text in one line, with every control or invisible character as an escape such as `\n`, `\x1b` or `\u202e`. */
export function visibleLine(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** As `visibleLine`, for text of several lines: keeps line breaks and tabs, and removes colours. */
export function visibleText(text: string): string {
  return text
    .replace(STYLES, "")
    .replaceAll("\r\n", "\n")
    .replace(UNSAFE, (character) =>
      character === "\n" || character === "\t" ? character : escapeOf(character),
    );
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return NAMES[character] ?? (code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`);
}
