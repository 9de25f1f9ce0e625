import type { SessionState, TaskCounts } from "../../../runtime/protocol/messages/index.ts";

/** `0.42 s`, `12.3 s`, `4m05s`, `2h03m`, `3d04h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** `0 B`, `12 B`, `1.4 KiB`, `300 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/**
 * Local time: `14:02:07`, with the date if it is not today.
 * @param moment in ISO 8601, or in milliseconds since the epoch
 */
export function formatTime(moment: string | number, now: Date = new Date()): string {
  const time = new Date(moment);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  if (time.toDateString() === now.toDateString()) return clock;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

/** Negative for a time to come. */
export function secondsSince(isoTime: string): number {
  return (Date.now() - Date.parse(isoTime)) / 1000;
}

/** `1 task`, `2 tasks`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `12 of 40 tasks done, 3 running, 1 failed, 2 cancelled, 4 skipped`, without the parts that are 0. */
export function formatProgress(tasks: TaskCounts): string {
  const parts = [`${tasks.finished} of ${count(tasks.total, "task")} done`];
  if (tasks.running > 0) parts.push(`${tasks.running} running`);
  if (tasks.failed > 0) parts.push(`${tasks.failed} failed`);
  if (tasks.cancelled > 0) parts.push(`${tasks.cancelled} cancelled`);
  if (tasks.skipped > 0) parts.push(`${tasks.skipped} skipped`);
  return parts.join(", ");
}

export function hasEnded(state: SessionState): boolean {
  return state === "finished" || state === "failed" || state === "cancelled" || state === "closed";
}
