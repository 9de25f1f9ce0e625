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
    timeout: timeout === undefined ? undefined : parseDuration(String(timeout)),
    user,
  };
}

function resourcesOf({ memory, ...others }: NonNullable<TaskEntry["resources"]>): TaskOptions["resources"] {
  return memory === undefined ? others : { ...others, memory: parseSize(String(memory)) };
}
