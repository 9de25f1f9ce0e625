import type { ErrorJson } from "../../../runtime/errors.ts";
import type { SkippedTasks, TaskTitle } from "../../../runtime/protocol/messages/index.ts";
import { count } from "../terminal/format.ts";
import { taskTitle } from "./task-title.ts";

const MAX_LISTED = 10;

/** The failed tasks and, in a session that continued, the tasks skipped because of each. */
export function failureLines(
  failed: readonly (TaskTitle & { error?: ErrorJson | undefined })[],
  skipped: readonly SkippedTasks[],
): string[] {
  const byCause = new Map(skipped.map((group) => [group.because.task, group]));
  return failed.flatMap((task) => {
    const group = byCause.get(task.task);
    const lines = (task.error?.message ?? `${taskTitle(task)} failed`).split("\n");
    return group === undefined ? lines : [...lines, `  skipped because of this: ${namesOf(group)}`];
  });
}

function namesOf({ count: all, examples }: SkippedTasks): string {
  const shown = examples.slice(0, MAX_LISTED).map(taskTitle);
  const rest = all - shown.length;
  return rest === 0 ? shown.join(", ") : `${shown.join(", ")} and ${count(rest, "other")}`;
}
