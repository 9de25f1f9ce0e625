import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import type { Scope } from "../expressions/cel.ts";
import { namesIn } from "../expressions/names-in.ts";
import { OPENING, splitTemplate } from "../expressions/split-template.ts";
import type { Templates } from "../expressions/template.ts";

export interface Script {
  /** With expressions. */
  text: string;
  /** Where it stands in the file. */
  path: Path;
  /** The interpreter. */
  shell: unknown;
  /** Names such as `params.file`, whose values are texts that users choose. */
  userTexts: ReadonlySet<string>;
}

/** Warns where a text that a user chooses becomes code of a script. */
export function checkQuoting(script: Script, scope: Scope, templates: Templates, problems: Problems): void {
  const { text, path, shell, userTexts } = script;
  for (const part of splitTemplate(text)) {
    if ("literal" in part) continue;
    const { expression, start } = part;
    const name = namesIn(expression).find((one) => userTexts.has(one));
    if (name === undefined || /\bquote\s*\(/.test(expression)) continue;
    const value = templates.valueOf(`${OPENING} ${expression} }}`, scope);
    if (typeof value !== "string") continue;
    const isShell = shell === true || shell === "sh" || shell === "bash";
    const instead = isShell ? `write quote(${expression}), or pass it in "env"` : 'pass it in "env" instead';
    problems.warning(
      { path, part: "value", character: { text, index: start } },
      `the text of ${name} becomes part of the script here, whatever is in it; ${instead}`,
    );
  }
}
