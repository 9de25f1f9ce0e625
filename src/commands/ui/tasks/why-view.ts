import type { TaskRunStory, TaskStory, WaitingStory } from "../../../runtime/client/index.ts";
import { formatDuration, formatTime, secondsSince } from "../terminal/format.ts";
import { style } from "../terminal/style.ts";
import { taskTitle } from "./task-title.ts";

const STATES: Record<TaskStory["state"], string> = {
  waiting: "is waiting",
  ready: "is ready",
  assigned: "is on a worker, about to run",
  running: "is running",
  finished: "has finished",
  failed: "has failed",
  cancelled: "was cancelled",
  skipped: "was skipped",
};

/** The output of `rain why` as text. */
export function renderStory(story: TaskStory): string {
  const { session, state, waiting, runs, because, error } = story;
  const lines = [
    `Task ${style.bold(taskTitle(story))} (${story.type}) of session ${session} ${STATES[state]}.`,
  ];
  if (because)
    lines.push(`It will not run, because it needs the output of ${taskTitle(because)}, which failed.`);
  for (const [index, run] of runs.entries()) lines.push(...runLines(run, index + 1));
  if (waiting) lines.push(...waitingLines(waiting));
  if (error && state === "cancelled") lines.push(...`Its session ended: ${error.message}`.split("\n"));
  else if (error && !because && runs.at(-1)?.error?.message !== error.message)
    lines.push(...error.message.split("\n"));
  return lines.join("\n");
}

function runLines(run: TaskRunStory, number: number): string[] {
  const { worker, assignedAt, placed, again, error } = run;
  const lines = [`Run ${number}, ${formatTime(assignedAt)}, on worker ${worker}: ${outcomeText(run)}`];
  if (again) lines.push(`  again, because ${again.text}`);
  lines.push(`  on worker ${worker}, because ${placed.text}`);
  if (error) lines.push(...error.message.split("\n").map((line) => `  ${line}`));
  return lines;
}

function outcomeText({ outcome, durationSeconds, startedAt, attempt, attempts = 1 }: TaskRunStory): string {
  const after = durationSeconds === undefined ? "" : ` after ${formatDuration(durationSeconds)}`;
  const which = attempts > 1 ? `, attempt ${attempt} of ${attempts}` : "";
  switch (outcome) {
    case "assigned":
      return "assigned, but not reported as started yet";
    case "running":
      return startedAt === undefined ? "running" : `running for ${formatDuration(secondsSince(startedAt))}`;
    case "finished":
      return `finished${after}`;
    case "failed":
      return `failed${after}${which}`;
    case "lost":
      return "lost with its worker";
    case "returned":
      return "retracted before it started";
    case "unfed":
      return "returned, because an input was not available";
    case "stopped":
      return "stopped with its session";
  }
}

function waitingLines({ inputs, producers, retryAt, workers }: WaitingStory): string[] {
  const lines: string[] = [];
  if (retryAt !== undefined) {
    const seconds = Math.max(0, -secondsSince(retryAt));
    lines.push(`It runs again at ${formatTime(retryAt)}, in ${formatDuration(seconds)}.`);
  }
  if (inputs === 1) lines.push("It waits for the task that makes one of its inputs:");
  else if (inputs > 1) lines.push(`It waits for ${inputs} tasks that make its inputs:`);
  for (const task of producers) {
    const where = task.worker === undefined || task.state === "waiting" ? "" : ` on worker ${task.worker}`;
    lines.push(`  ${taskTitle(task)}: ${task.state}${where}`);
  }
  if (inputs > producers.length) lines.push(`  and ${inputs - producers.length} more`);
  if (workers.length > 0) lines.push("It is ready, and waits for a worker:");
  for (const { worker, reason } of workers) lines.push(`  worker ${worker}: ${reason}`);
  if (lines.length === 0) lines.push("It is ready, but there is no worker.");
  return lines;
}
