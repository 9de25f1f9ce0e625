/**
 * The texts of numbers that would not be written the same again, such as `3.10`, `1e3` and `007`, by the list or map that
 * they are in and their index or key. A weak side table, since most numbers need none.
 */
const texts = new WeakMap<object, Map<string | number, string>>();

/** Notes a number as it was written, unless it would be written the same again. */
export function noteWritten(container: object, key: string | number, value: number, text: string): void {
  const known = texts.get(container);
  if (String(value) === text) known?.delete(key);
  else if (known) known.set(key, text);
  else texts.set(container, new Map([[key, text]]));
}

/** The text of a number, if it would not be written the same again. */
export function writtenAt(container: object, key: string | number): string | undefined {
  return texts.get(container)?.get(key);
}

/** Whether the text is an integer that a double cannot represent. */
export function losesDigits(value: number, text: string): boolean {
  return (
    Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?(?:\d+|0x[\da-f]+|0o\d+)$/i.test(text)
  );
}

/** What is wrong with an integer that a double cannot represent. */
export function explainLostDigits(value: number, text: string): string {
  return `${text} is beyond ${Number.MAX_SAFE_INTEGER} and would become ${value}; put it in quotes`;
}

/** What is wrong with a number that becomes text. */
export function explainRewritten(value: unknown, text: string): string {
  return `${text} would become ${String(value)}; put it in quotes`;
}
