import type { Named } from "../refs/names.ts";
import type { Defaults, TaskEntry } from "../schema/tasks.ts";

/** Keys whose maps are merged key by key. */
const DEEP = ["resources", "where", "env"] as const;

/** Adds the defaults of the file to a task. `env` applies to programs only. */
export function applyDefaults(named: Named<TaskEntry>, defaults: Defaults): Named<TaskEntry> {
  const { entry } = named;
  if (!entry) return named;
  const given = Object.entries(defaults).filter(([key]) => key !== "env" || "run" in entry);
  if (given.length === 0) return named;
  const merged: Record<string, unknown> = { ...Object.fromEntries(given), ...entry };
  for (const key of DEEP) {
    const own = (entry as Record<string, unknown>)[key];
    const shared = defaults[key];
    if (typeof own === "object" && shared !== undefined && merged[key] === own) {
      merged[key] = { ...(shared as object), ...(own as object) };
    }
  }
  return { ...named, entry: merged as TaskEntry };
}
