import type { TaskOptions } from "../client/values.ts";
import { parseDuration, parseSize } from "../units.ts";
import type { TaskEntry } from "./schema/tasks.ts";

/** The options of a task of a session file, sizes in bytes and durations in seconds. */
export function optionsOf(key: string, entry: TaskEntry): TaskOptions & { key: string } {
  const { name, group, keep, resources, where, priority, retries, timeout, user } = entry;
  return {
    key,
    name,
    group,
    keep,
    resources: resources && resourcesOf(resources),
    where,
    priority,
    retries,
    timeout: typeof timeout === "string" ? parseDuration(timeout) : timeout,
    user,
  };
}

function resourcesOf({ memory, ...others }: NonNullable<TaskEntry["resources"]>): TaskOptions["resources"] {
  if (memory === undefined) return others;
  return { ...others, memory: typeof memory === "string" ? parseSize(memory) : memory };
}
