import type { BlockedTasks } from "../../../runtime/protocol/messages/index.ts";
import { count } from "../terminal/format.ts";
import { taskTitle } from "./task-title.ts";

/** More workers than this are counted, not listed. */
const MOST_WORKERS = 8;

/** What cannot run, and why: a line for each sort of tasks, and one for each worker below it. */
export function blockedLines(blocked: readonly BlockedTasks[]): string[] {
  return blocked.flatMap(({ tasks, example, reasons }) => {
    const others = tasks === 1 ? "" : ` and ${count(tasks - 1, "task")} like it`;
    const head = `${taskTitle(example)}${others}: no worker ${reasons.length === 0 ? "is there" : "can run it"}`;
    const shown = reasons.slice(0, MOST_WORKERS).map(({ worker, reason }) => `  worker ${worker} ${reason}`);
    const rest = reasons.length - shown.length;
    return [head, ...shown, ...(rest === 0 ? [] : [`  and ${count(rest, "worker")} more`])];
  });
}
