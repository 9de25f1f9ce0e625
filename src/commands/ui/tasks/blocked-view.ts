import type { BlockedTasks } from "../../../runtime/protocol/messages/index.ts";
import { count } from "../terminal/format.ts";
import { taskTitle } from "./task-title.ts";

/** More workers than this are counted, not listed. */
const MAX_WORKERS = 8;

/**
 * Lists tasks that cannot run: a line for each kind of tasks, followed by a line with the reason for each
 * worker.
 */
export function blockedLines(blocked: readonly BlockedTasks[]): string[] {
  return blocked.flatMap(({ count: tasks, example, reasons }) => {
    const others = tasks === 1 ? "" : ` and ${count(tasks - 1, "task")} like it`;
    const head = `${taskTitle(example)}${others}: ${reasons.length === 0 ? "there is no worker" : "no worker can run it"}`;
    const shown = reasons.slice(0, MAX_WORKERS).map(({ worker, reason }) => `  worker ${worker} ${reason}`);
    const rest = reasons.length - shown.length;
    return [head, ...shown, ...(rest === 0 ? [] : [`  and ${count(rest, "worker")} more`])];
  });
}

/** Warns that no worker can run some tasks. */
export function blockedWarning(blocked: readonly BlockedTasks[]): string {
  return ["warning: some tasks wait for a worker", ...blockedLines(blocked)].join("\n");
}
