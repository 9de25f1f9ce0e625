import type { CST, YAMLError } from "yaml";
import { OPENING } from "../expressions/split-template.ts";

/** What a person who does not know the grammar of YAML by heart can do something with. */
const EXPLANATIONS: readonly [RegExp, string][] = [
  [/^Tabs are not allowed/, "a tab cannot indent YAML; use spaces"],
  [/^Implicit (?:map )?keys need to be /, 'a key needs ": " after it, a colon and a space, in the same line'],
  [/^All mapping items must start at the same column/, "this is not indented like the other keys of its map"],
  [
    /^All sequence items must start at the same column/,
    'this is not indented like the other "-" of its list',
  ],
  [
    /^Flow sequence in block collection .* end with a \]/,
    'the list that was opened with "[" has to be closed with "]" before this',
  ],
  [
    /^Flow map in block collection .* end with a \}/,
    'the map that was opened with "{" has to be closed with "}" before this',
  ],
  [
    /^Plain value cannot start with (?:reserved character|directive indicator character) (.)/,
    'text that starts with "$1" has to be in quotes',
  ],
  [/^Unresolved tag: (.*)/, "tags such as $1 are not used in session files"],
  [/^With stringKeys, all keys must be strings/, "a key has to be text"],
  [/^Unexpected flow-(?:map|seq)-end token in YAML stream: "(.)"/, 'nothing is open that "$1" could close'],
  [/^Unexpected scalar at node end/, "text cannot follow here; check the indentation of this line"],
];

/** Where and what a fault of the syntax is. The library's own words are kept where we know none better. */
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
    const message = 'there is a second ": " in this line; put text that holds one in quotes';
    return { offset: colon < 0 ? offset : colon, message };
  }
  if (text.slice(Math.max(0, offset - 2), offset + 3).includes(OPENING)) {
    const message = `an expression between brackets or braces has to be in quotes: "${OPENING} … }}"`;
    return { offset: text.lastIndexOf(OPENING, offset), message };
  }
  for (const [pattern, explanation] of EXPLANATIONS) {
    const match = pattern.exec(fault.message);
    if (match) return { offset: skipSpace(text, offset), message: explanation.replace("$1", match[1] ?? "") };
  }
  return { offset: skipSpace(text, offset), message: fault.message };
}

/** Some faults are found at the end of the line before the one to blame. */
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
