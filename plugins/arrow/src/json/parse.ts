import { randomUUID } from "node:crypto";

/** An integer with so many digits that a number may not represent it exactly. Also matches inside texts. */
const LARGE = /(?<![\d.])[1-9]\d{15,}(?![\d.eE])/;
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?[1-9]\d{15,}$/;

/** Like `JSON.parse`, but returns bigints for integers that a number does not represent exactly. @throws SyntaxError */
export function parseJson(text: string): unknown {
  const parsed = JSON.parse(text) as unknown;
  if (!LARGE.test(text)) return parsed;
  // Parse large integers as texts with a prefix that does not occur in the file.
  const mark = randomUUID();
  const marked = text.replaceAll(TEXT_OR_NUMBER, (token) =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}
