import type { TaskOptions } from "../../client/graph/values.ts";
import { parseDuration, parseSize } from "../../units.ts";
import type { TaskEntry } from "../schema/tasks.ts";

type RetryEntry = Exclude<TaskEntry["retries"], number | undefined>;

/** The options of a task, with sizes in bytes and durations in seconds. */
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
    retries: typeof retries === "object" ? retryRuleOf(retries) : retries,
    timeout: secondsOf(timeout),
    user,
  };
}

function retryRuleOf({ times, backoff, ...delays }: RetryEntry): TaskOptions["retries"] {
  const delay = secondsOf(delays.delay);
  const maxDelay = secondsOf(delays.maxDelay);
  return {
    times,
    ...(delay !== undefined && { delay }),
    ...(backoff !== undefined && { backoff }),
    ...(maxDelay !== undefined && { maxDelay }),
  };
}

const secondsOf = (duration: string | number | undefined) =>
  typeof duration === "string" ? parseDuration(duration) : duration;

function resourcesOf({
  cpus,
  memory,
  ...others
}: NonNullable<TaskEntry["resources"]>): TaskOptions["resources"] {
  return {
    ...others,
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory: typeof memory === "string" ? parseSize(memory) : memory }),
  };
}
