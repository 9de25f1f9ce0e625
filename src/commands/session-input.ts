import { buffer } from "node:stream/consumers";
import { RainError } from "../runtime/errors.ts";
import { createRegistry } from "../runtime/plugin/registry.ts";
import {
  formatProblems,
  loadSessionFile,
  type ParamInfo,
  type ParamValues,
  readParams,
  type SessionPlan,
} from "../runtime/session-file/index.ts";
import { builtin } from "../tasks/index.ts";

/**
 * The session file at a path, or on stdin for `-`. Warnings go to stderr.
 * @throws INVALID_FILE, UNKNOWN_TASK_TYPE, INVALID_PARAMS
 */
export async function readSessionFile(path: string, given: ParamValues = {}): Promise<SessionPlan> {
  const registry = createRegistry([builtin]);
  const plan = loadSessionFile(await inputOf(path), { registry, ...given });
  if (plan.warnings.length > 0) console.error(formatProblems(plan.warnings));
  return plan;
}

/** The parameters that a session file takes. @throws INVALID_FILE */
export async function readSessionParams(path: string): Promise<ParamInfo[]> {
  return readParams(await inputOf(path));
}

/** What `--set` and `--params` give. @throws USAGE for a `--set` without `=` */
export function paramValues(flags: { set?: string[]; params?: string }): ParamValues {
  const pairs = (flags.set ?? []).map((text) => {
    const [, name, value] = /^\s*([^=]*?)\s*=(.*)$/s.exec(text) ?? [];
    if (name) return [name, value];
    throw new RainError("USAGE", `--set ${text} says no value`, { hint: "Write it like --set chunks=5." });
  });
  return { params: Object.fromEntries(pairs), paramsFile: flags.params };
}

async function inputOf(path: string) {
  if (path !== "-") return path;
  return { text: (await buffer(process.stdin)).toString("utf8"), name: "stdin", baseDir: process.cwd() };
}
