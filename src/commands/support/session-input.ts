import { buffer } from "node:stream/consumers";
import { RainError } from "../../runtime/errors.ts";
import { type ReadPlan, readPlan } from "../../runtime/run-file/index.ts";
import {
  formatProblems,
  type ParamInfo,
  type ParamValues,
  readParams,
} from "../../runtime/session-file/index.ts";
import { visibleLine, visibleText } from "../../runtime/visible-text.ts";
import { builtin } from "../../tasks/index.ts";
import type { ProgressView } from "../ui/progress/progress-view.ts";

/** Prints only warnings. */
const QUIET: Pick<ProgressView, "print" | "step"> = {
  print: (text) => console.error(text),
  step: () => {},
};

/** Reads the session file at a path, or stdin for `-`. Prints warnings to stderr. @throws as `readPlan` */
export async function readSessionFile(
  path: string,
  given: ParamValues = {},
  view: Pick<ProgressView, "print" | "step"> = QUIET,
): Promise<ReadPlan> {
  const onRead = () => view.step(`Checking ${visibleLine(path)}`);
  const read = await readPlan(await inputOf(path), given, builtin, onRead);
  const { warnings } = read.plan;
  if (warnings.length > 0) view.print(visibleText(formatProblems(warnings)));
  return read;
}

/** The parameters of a session file. @throws INVALID_FILE */
export async function readSessionParams(path: string): Promise<ParamInfo[]> {
  return readParams(await inputOf(path));
}

/** The values of `--set` and `--params`. @throws USAGE for a `--set` without `=` */
export function paramValues(flags: { set?: string[] | undefined; params?: string | undefined }): ParamValues {
  const params = new Map<string, string>();
  const addedEntries = new Map<string, string[]>();
  for (const text of flags.set ?? []) {
    const [, name, plus, value = ""] = /^\s*([^=]*?)\s*(\+?)=(.*)$/s.exec(text) ?? [];
    if (!name) {
      throw new RainError("USAGE", `--set ${text} has no value`, {
        hint: "Write --set NAME=VALUE, such as --set chunks=5.",
      });
    }
    if (plus) addedEntries.set(name, [...(addedEntries.get(name) ?? []), value]);
    else params.set(name, value);
  }
  return {
    params: Object.fromEntries(params),
    addedEntries: Object.fromEntries(addedEntries),
    paramsFile: flags.params,
  };
}

async function inputOf(path: string) {
  if (path !== "-") return path;
  return { text: (await buffer(process.stdin)).toString("utf8"), name: "stdin", baseDir: process.cwd() };
}
