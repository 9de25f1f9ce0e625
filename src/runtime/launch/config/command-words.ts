/** A run of plain characters, quoted text, or an escaped character. */
const PART = /[^\s"'\\]+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gsy;

/**
 * Splits a command at blanks. As in a shell, single and double quotes and backslashes keep characters as they are. Nothing else is
 * special. @throws Error for a quote that is not closed
 */
export function commandWords(command: string): string[] {
  const text = command.trim();
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    let word = "";
    while (at < text.length && !/\s/.test(text.charAt(at))) {
      PART.lastIndex = at;
      const part = PART.exec(text);
      if (!part)
        throw new Error(`${JSON.stringify(text.slice(at))} is a quote or an escape that does not end`);
      const [plain, single, double, escaped] = part;
      word += single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
      at = PART.lastIndex;
    }
    words.push(word);
    while (/\s/.test(text.charAt(at))) at++;
  }
  return words;
}
