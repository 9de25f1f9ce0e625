import { rainHome } from "../platform/files/rain-home.ts";
import type { Plugin } from "../plugin/contract/index.ts";
import { loadLocalPlugins } from "../plugin/installed/index.ts";
import { createRegistry } from "../plugin/registry.ts";
import { expandSessionFile, type ParamValues, type SessionPlan } from "../session-file/index.ts";

export interface ReadPlan {
  plan: SessionPlan;
  /** Task types that are unknown on this machine. The configs and inputs of their tasks were not checked. */
  unchecked: string[];
}

/**
 * Reads a session file with the task types of `builtin` and of the plugins installed on this machine.
 * @param from path of the file, or its text
 * @param onRead called when the file is read, before it is checked further
 * @throws INVALID_FILE, UNKNOWN_TASK_TYPE, INVALID_PARAMS; START_FAILED for a plugin that cannot be loaded
 */
export async function readPlan(
  from: Parameters<typeof expandSessionFile>[0],
  given: ParamValues,
  builtin: Plugin,
  onRead: () => void = () => {},
): Promise<ReadPlan> {
  const file = expandSessionFile(from, given);
  onRead();
  const local = await loadLocalPlugins(rainHome(), file.taskTypes);
  const registry = createRegistry([builtin, ...local.map(({ plugin }) => plugin)]);
  const plan = file.build(registry);
  const unchecked = [...file.taskTypes].filter((type) => registry.taskType(type) === undefined);
  return { plan, unchecked };
}
