import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

/** Stands for the path of the script in the words of an interpreter. */
export const SCRIPT = "{0}";
/** Characters of a script that an error message shows. */
const MAX_SHOWN = 200;

/** Interpreters by name. As in GitHub Actions, shells stop at the first command that fails. */
const INTERPRETERS = {
  sh: { words: ["/bin/sh", "-e", SCRIPT], suffix: ".sh" },
  bash: { words: ["bash", "--noprofile", "--norc", "-eo", "pipefail", SCRIPT], suffix: ".sh" },
  python: { words: ["python3", SCRIPT], suffix: ".py" },
  node: { words: ["node", SCRIPT], suffix: ".js" },
} as const;

export const shellSchema = v.union([
  v.boolean(),
  v.picklist(["sh", "bash", "python", "node"]),
  v.pipe(
    v.array(v.string()),
    v.check(
      (words) => words.length > 1 && words[0] !== "" && words.some((word) => word.includes(SCRIPT)),
      `the words of the interpreter need "${SCRIPT}" where the path of the script goes`,
    ),
  ),
]);

export type Shell = Exclude<v.InferOutput<typeof shellSchema>, false>;

/** Writes a script to `directory`. @returns the words of the command that runs it */
export function scriptCommand(shell: Shell, script: string, directory: string): [string, ...string[]] {
  const { words, suffix } = interpreterOf(shell);
  const path = join(directory, `script${suffix}`);
  writeFileSync(path, script.endsWith("\n") ? script : `${script}\n`);
  const [program = "", ...rest] = words.map((word) => word.replaceAll(SCRIPT, path));
  return [program, ...rest];
}

function interpreterOf(shell: Shell): { words: readonly string[]; suffix: string } {
  if (typeof shell === "object") return { words: shell, suffix: "" };
  return INTERPRETERS[shell === true ? "sh" : shell];
}

/** The script in an error message: its beginning, if it is long. */
export function shownScript(script: string): string {
  const text = script.trim();
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
