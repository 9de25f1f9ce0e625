import { randomUUID } from "node:crypto";

/** An integer of so many digits that a number may not hold it; also one in a text. */
const LARGE = /(?<![\d.])[1-9]\d{15,}(?![\d.eE])/;
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?[1-9]\d{15,}$/;

/** As `JSON.parse`, but integers that a number does not hold exactly are bigints. @throws SyntaxError */
export function parseJson(text: string): unknown {
  const parsed = JSON.parse(text) as unknown;
  if (!LARGE.test(text)) return parsed;
  // Large integers are parsed as texts that begin with what no text in the file begins with.
  const mark = randomUUID();
  const marked = text.replaceAll(TEXT_OR_NUMBER, (token) =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}
