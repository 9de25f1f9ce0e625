import { buffer } from "node:stream/consumers";
import { RainError } from "../../runtime/errors.ts";
import { rainHome } from "../../runtime/platform/rain-home.ts";
import { loadLocalPlugins } from "../../runtime/plugin/installed/index.ts";
import { createRegistry } from "../../runtime/plugin/registry.ts";
import {
  expandSessionFile,
  formatProblems,
  type ParamInfo,
  type ParamValues,
  readParams,
  type SessionPlan,
} from "../../runtime/session-file/index.ts";
import { builtin } from "../../tasks/index.ts";

export interface SessionInput {
  plan: SessionPlan;
  /** Task types that are not known here; the configs of their tasks are not checked. */
  unchecked: string[];
}

/**
 * Reads the session file at a path, or stdin for `-`. Prints warnings to stderr.
 * @throws INVALID_FILE, UNKNOWN_TASK_TYPE, INVALID_PARAMS; START_FAILED for a plugin that cannot be loaded
 */
export async function readSessionFile(path: string, given: ParamValues = {}): Promise<SessionInput> {
  const file = expandSessionFile(await inputOf(path), given);
  const local = await loadLocalPlugins(rainHome(), file.taskTypes);
  const registry = createRegistry([builtin, ...local.map(({ plugin }) => plugin)]);
  const plan = file.build(registry);
  const unchecked = [...file.taskTypes].filter((type) => registry.taskType(type) === undefined);
  if (plan.warnings.length > 0) console.error(formatProblems(plan.warnings));
  return { plan, unchecked };
}

/** The parameters of a session file. @throws INVALID_FILE */
export async function readSessionParams(path: string): Promise<ParamInfo[]> {
  return readParams(await inputOf(path));
}

/** The values of `--set` and `--params`. @throws USAGE for a `--set` without `=` */
export function paramValues(flags: { set?: string[]; params?: string }): ParamValues {
  const pairs = (flags.set ?? []).map((text) => {
    const [, name, value] = /^\s*([^=]*?)\s*=(.*)$/s.exec(text) ?? [];
    if (name) return [name, value];
    throw new RainError("USAGE", `--set ${text} has no value`, {
      hint: "Write --set NAME=VALUE, such as --set chunks=5.",
    });
  });
  return { params: Object.fromEntries(pairs), paramsFile: flags.params };
}

async function inputOf(path: string) {
  if (path !== "-") return path;
  return { text: (await buffer(process.stdin)).toString("utf8"), name: "stdin", baseDir: process.cwd() };
}
