import type { CST, YAMLError } from "yaml";
import { OPENING } from "../expressions/split-template.ts";

/** Messages for people who do not know the grammar of YAML. */
const EXPLANATIONS: readonly [RegExp, string][] = [
  [/^Tabs are not allowed/, "YAML cannot be indented with tabs; use spaces"],
  [
    /^Implicit (?:map )?keys need to be /,
    'a key must be followed by ": ", a colon and a space, on the same line',
  ],
  [/^All mapping items must start at the same column/, "this is not indented like the other keys of its map"],
  [
    /^All sequence items must start at the same column/,
    'this is not indented like the other "-" of its list',
  ],
  [
    /^Flow sequence in block collection .* end with a \]/,
    'the list opened with "[" must be closed with "]" before this',
  ],
  [
    /^Flow map in block collection .* end with a \}/,
    'the map opened with "{" must be closed with "}" before this',
  ],
  [
    /^Plain value cannot start with (?:reserved character|directive indicator character) (.)/,
    'put text that starts with "$1" in quotes',
  ],
  [/^Unresolved tag: (.*)/, "session files cannot use tags such as $1"],
  [/^With stringKeys, all keys must be strings/, "a key has to be text"],
  [/^Unexpected flow-(?:map|seq)-end token in YAML stream: "(.)"/, '"$1" closes nothing'],
  [
    /^Unexpected flow-seq-start at node end/,
    'put a reference with brackets in quotes inside braces, such as { data: "task[key=value]" }',
  ],
  [/^Unexpected scalar at node end/, "unexpected text; check the indentation of this line"],
];

/**
 * The offset and message of a syntax error. Errors without an entry in `EXPLANATIONS` keep the library's
 * message.
 */
export function explainSyntaxError(
  fault: YAMLError,
  text: string,
  tokens: readonly CST.Token[],
): { offset: number; message: string } {
  const offset = fault.pos[0];
  if (/^Missing closing .quote/.test(fault.message)) {
    return { offset: lastQuoteBefore(offset, tokens) ?? offset, message: "this quote is never closed" };
  }
  if (fault.code === "BLOCK_AS_IMPLICIT_KEY" && /^[^:]*\n/.test(text.slice(offset))) {
    return { offset, message: "the next line is indented as if it were a part of this value" };
  }
  if (fault.code === "BLOCK_AS_IMPLICIT_KEY") {
    const colon = text.indexOf(": ", offset);
    const message = 'this line has a second ": "; put text that contains one in quotes';
    return { offset: colon < 0 ? offset : colon, message };
  }
  if (text.slice(Math.max(0, offset - 2), offset + 3).includes(OPENING)) {
    const message = `put an expression inside brackets or braces in quotes: "${OPENING} … }}"`;
    return { offset: text.lastIndexOf(OPENING, offset), message };
  }
  if (/^Missing , or : between flow sequence items/.test(fault.message) && text[offset] === "[") {
    return {
      offset,
      message: 'put a reference with brackets in quotes inside brackets, such as ["task[key=value]"]',
    };
  }
  for (const [pattern, explanation] of EXPLANATIONS) {
    const match = pattern.exec(fault.message);
    if (match) return { offset: skipSpace(text, offset), message: explanation.replace("$1", match[1] ?? "") };
  }
  return { offset: skipSpace(text, offset), message: fault.message };
}

/** The library reports some errors at the end of the line before the wrong one. */
function skipSpace(text: string, offset: number): number {
  const next = text.slice(offset).search(/\S/);
  return next < 0 ? offset : offset + next;
}

function lastQuoteBefore(offset: number, tokens: readonly CST.Token[]): number | undefined {
  let found: number | undefined;
  const visit = (token: CST.Token | null | undefined) => {
    if (!token || token.offset > offset) return;
    if (token.type === "single-quoted-scalar" || token.type === "double-quoted-scalar") found = token.offset;
    if (token.type === "document") visit(token.value);
    if (!("items" in token)) return;
    for (const { key, value } of token.items as CST.CollectionItem[]) {
      visit(key);
      visit(value);
    }
  };
  for (const token of tokens) visit(token);
  return found;
}
