/* Progress as lines of text for a width and a height. */

import { stripVTControlCharacters } from "node:util";
import type {
  GroupStatus,
  RunningTask,
  SessionProgress,
  TaskCounts,
} from "../../../runtime/protocol/messages/index.ts";
import { taskTitle } from "../tasks/task-title.ts";
import { count, formatDuration, secondsSince } from "../terminal/format.ts";
import { stderrStyle } from "../terminal/style.ts";
import { displayWidth, padded, shortened } from "../terminal/width.ts";
import { doneOf } from "./speed.ts";

/** More groups than this are summed up, however high the terminal is. */
const MAX_GROUPS = 20;
const BAR = { min: 8, max: 40 };
const MAX_NAME = 32;
const GAP = "  ";

/** What is shown besides the progress itself. */
export interface Moment {
  /** Since the submit. */
  elapsedSeconds: number;
  /** Tasks a second, once it can be told. */
  perSecond: number | undefined;
}

export interface Size {
  columns: number;
  rows: number;
}

/** A bar for each group, a line for all tasks, and the longest-running tasks when little is left. */
export function progressLines(progress: SessionProgress, moment: Moment, { columns, rows }: Size): string[] {
  const longest = progress.longest.map(longestLine);
  const room = Math.max(1, Math.min(MAX_GROUPS, rows - 3 - longest.length));
  const groups = groupLines(progress.groups, room, columns);
  return [...groups, totalLine(progress, moment), ...longest].map((line) => cut(line, columns));
}

/** `12 of 40 tasks, 1 failed, 3 running, 4.20 s, about 12 s left, 25 tasks/s`. */
export function totalLine(
  { tasks, state, blocked }: SessionProgress,
  { elapsedSeconds, perSecond }: Moment,
): string {
  const done = doneOf(tasks);
  const parts = [`${done} of ${count(tasks.total, "task")}`, ...troubles(tasks)];
  if (tasks.running > 0) parts.push(`${tasks.running} running`);
  if (blocked > 0) parts.push(`${blocked} without a worker`);
  parts.push(formatDuration(elapsedSeconds));
  const left = tasks.total - done;
  if (perSecond !== undefined && state === "running" && left > 0)
    parts.push(`about ${formatWhole(left / perSecond)} left`);
  if (perSecond !== undefined) parts.push(formatSpeed(perSecond));
  return parts.join(", ");
}

/** The busiest groups, in their order, and a line for the others. */
function groupLines(groups: readonly GroupStatus[], room: number, columns: number): string[] {
  const used = groups.filter(({ tasks }) => tasks.total > 0);
  const shown = used.length <= room ? used : busiest(used, room - 1);
  const others = used.filter((group) => !shown.includes(group));
  const rows = shown.map(({ name, tasks }) => ({ name: name || "tasks", tasks }));
  if (others.length > 0) rows.push({ name: `${count(others.length, "other group")}`, tasks: sum(others) });
  const nameWidth = Math.min(
    Math.max(...rows.map(({ name }) => displayWidth(name)), 1),
    Math.min(MAX_NAME, Math.floor(columns / 3)),
  );
  const facts = rows.map(({ tasks }) => factsOf(tasks));
  const factsWidth = Math.max(...facts.map(displayWidth), 1);
  const barWidth = Math.max(
    BAR.min,
    Math.min(BAR.max, columns - nameWidth - factsWidth - 2 * GAP.length - 1),
  );
  return rows.map(
    ({ name, tasks }, i) =>
      padded(shortened(name, nameWidth), nameWidth) + GAP + bar(tasks, barWidth) + GAP + facts[i],
  );
}

/** Groups with running tasks come first, then those with tasks left, then the others. */
function busiest(groups: readonly GroupStatus[], limit: number): GroupStatus[] {
  const weight = ({ tasks }: GroupStatus) =>
    [tasks.running, tasks.ready, tasks.total - doneOf(tasks)] as const;
  const ranked = groups.toSorted((one, other) => {
    const [a, b] = [weight(one), weight(other)];
    return b[0] - a[0] || b[1] - a[1] || b[2] - a[2];
  });
  const chosen = new Set(ranked.slice(0, limit));
  return groups.filter((group) => chosen.has(group));
}

function sum(groups: readonly GroupStatus[]): TaskCounts {
  const [first, ...rest] = groups.map(({ tasks }) => tasks);
  const total = { ...first! };
  for (const tasks of rest)
    for (const key of Object.keys(total) as (keyof TaskCounts)[]) total[key] += tasks[key];
  return total;
}

function factsOf(tasks: TaskCounts): string {
  const parts = [`${doneOf(tasks)}/${tasks.total}`, ...troubles(tasks)];
  if (tasks.running > 0) parts.push(`${tasks.running} running`);
  return parts.join(", ");
}

function troubles({ failed, cancelled, skipped }: TaskCounts): string[] {
  const parts: string[] = [];
  if (failed > 0) parts.push(stderrStyle.red(`${failed} failed`));
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts;
}

function bar(tasks: TaskCounts, width: number): string {
  const part = (number: number) => Math.floor((number / tasks.total) * width);
  const good = part(tasks.finished);
  const bad = part(doneOf(tasks)) - good;
  const rest = width - good - bad;
  return `${stderrStyle.green("█".repeat(good))}${stderrStyle.red("▒".repeat(bad))}${stderrStyle.dim("░".repeat(rest))}`;
}

function longestLine(task: RunningTask): string {
  const seconds = Math.max(0, secondsSince(task.startedAt));
  return `  ${taskTitle(task)} runs for ${formatDuration(seconds)} on worker ${task.worker}`;
}

/** An estimate needs no fractions of a second. */
function formatWhole(seconds: number): string {
  return seconds < 59.5 ? `${Math.max(1, Math.round(seconds))} s` : formatDuration(seconds);
}

function formatSpeed(perSecond: number): string {
  if (perSecond < 0.95) return `${(perSecond * 60).toFixed(1)} tasks/min`;
  return `${perSecond < 9.95 ? perSecond.toFixed(1) : Math.round(perSecond)} tasks/s`;
}

/** A line that is too long would wrap. Without colours it can be cut anywhere. */
function cut(line: string, columns: number): string {
  return displayWidth(line) < columns ? line : shortened(stripVTControlCharacters(line), columns - 1);
}
