import type { Resources, RetryRule, Where } from "../../protocol/messages/index.ts";
import { parseDuration, parseSize } from "../../units.ts";

/** A duration as in session files, such as `"90s"`, `"5m"` or `"1h30m"`, or a number. */
export type Duration = string | number;

/** How to retry a failed task: at most so many times, after a delay that grows by the factor `backoff`. */
export interface RetryOptions extends Omit<RetryRule, "delay" | "maxDelay"> {
  /** A number is in seconds. */
  delay?: Duration | undefined;
  /** A number is in seconds. */
  maxDelay?: Duration | undefined;
}

export interface ResourceOptions extends Partial<Omit<Resources, "memory">> {
  /** Bytes, or a size such as `"1GiB"`. */
  memory?: string | number | undefined;
}

export interface TaskOptions {
  /** Name for output. `/` separates the levels of a hierarchy. */
  name?: string | undefined;
  group?: string | undefined;
  /** Key for refs, like the name of a task in a session file. Unique in its session. */
  key?: string | undefined;
  resources?: ResourceOptions | undefined;
  where?: Where | undefined;
  /** Ready tasks with a higher priority start earlier. Default: 0. */
  priority?: number | undefined;
  /**
   * How often to retry a failed task, on another worker if one can run it. A number retries without delay.
   * Default: 0.
   */
  retries?: number | RetryOptions | undefined;
  /** Maximum duration of a run. A number is in seconds. */
  timeout?: Duration | undefined;
  /** Any JSON value. */
  user?: unknown;
  /** Keep every output. */
  keep?: boolean | undefined;
}

/** The options of a task with durations in seconds and sizes in bytes. */
export interface TaskSettings extends Omit<TaskOptions, "resources" | "retries" | "timeout"> {
  resources?: Partial<Resources> | undefined;
  retries?: number | RetryRule | undefined;
  timeout?: number | undefined;
}

const NO_SETTINGS: TaskSettings = Object.freeze({});

/** Copies only the options. There can be a million tasks, most of them without options. */
export function settingsOf(task: TaskOptions): TaskSettings {
  const { name, group, key, resources, where, priority, retries, timeout, user, keep } = task;
  const given = name ?? group ?? key ?? resources ?? where ?? priority ?? retries ?? timeout ?? user ?? keep;
  if (given === undefined) return NO_SETTINGS;
  return {
    name,
    group,
    key,
    resources: resourcesOf(resources),
    where,
    priority,
    retries: typeof retries === "object" ? retryRuleOf(retries) : retries,
    timeout: timeout === undefined ? undefined : secondsOf(timeout),
    user,
    keep,
  };
}

/** The seconds of a duration. @throws USAGE */
export function secondsOf(duration: Duration): number {
  return typeof duration === "string" ? parseDuration(duration) : duration;
}

/** The milliseconds of a duration whose numbers are milliseconds. @throws USAGE */
export function millisecondsOf(duration: Duration): number {
  return typeof duration === "string" ? parseDuration(duration) * 1000 : duration;
}

/** Returns resources without texts as they are, since tasks that share them are found to be of one kind quickly. */
function resourcesOf(resources: ResourceOptions | undefined): Partial<Resources> | undefined {
  const memory = resources?.memory;
  if (typeof memory === "string") return { ...resources, memory: parseSize(memory) };
  return resources as Partial<Resources> | undefined;
}

function retryRuleOf({ times, delay, backoff, maxDelay }: RetryOptions): RetryRule {
  return {
    times,
    ...(delay !== undefined && { delay: secondsOf(delay) }),
    ...(backoff !== undefined && { backoff }),
    ...(maxDelay !== undefined && { maxDelay: secondsOf(maxDelay) }),
  };
}
