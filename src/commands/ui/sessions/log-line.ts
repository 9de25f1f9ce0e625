import type { LogEntry } from "../../../runtime/protocol/messages/index.ts";
import { taskTitle } from "../tasks/task-title.ts";
import { count, formatDuration, formatTime } from "../terminal/format.ts";
import { style } from "../terminal/style.ts";

/** Width of the longest event name. */
const EVENT_WIDTH = "session-changed".length;

/** Renders an event in one line, followed by the last `maxLines` lines of each output stream of the task. */
export function renderLogEntry(entry: LogEntry, maxLines = Number.POSITIVE_INFINITY): string {
  const bad = entry.event === "failed" || entry.event === "worker-lost" || entry.state === "failed";
  const event = entry.event.padEnd(EVENT_WIDTH);
  const head = [
    style.dim(formatTime(entry.time)),
    entry.session === undefined ? "server" : `session ${entry.session}`,
    bad ? style.red(event) : event,
    facts(entry).join(", "),
  ];
  return [head.join("  ").trimEnd(), ...printed(entry, maxLines)].join("\n");
}

function facts(entry: LogEntry): string[] {
  const { event, task, worker, durationSeconds, state, message, error } = entry;
  const parts: (string | undefined)[] = [state];
  if (error !== undefined) parts.push(firstLine(error.message));
  // The message of a failure already names the task and the worker.
  if (event !== "failed") {
    parts.push(task === undefined ? undefined : taskTitle(entry));
    parts.push(worker === undefined ? undefined : `worker ${worker}`);
  }
  parts.push(message, durationSeconds === undefined ? undefined : formatDuration(durationSeconds));
  return parts.filter((part) => part !== undefined);
}

/** The other lines repeat the output of the program, which is printed separately. */
function firstLine(message: string): string {
  const [first = ""] = message.split("\n");
  return first.replace(/:$/, "");
}

function printed({ debug, stdout, stderr }: LogEntry, maxLines: number): string[] {
  const streams = Object.entries({ debug, stdout, stderr });
  return streams.flatMap(([name, text]) => {
    if (!text) return [];
    const lines = text.trimEnd().split("\n");
    const shown =
      lines.length > maxLines
        ? [`… ${count(lines.length - maxLines, "line")}`, ...lines.slice(-maxLines)]
        : lines;
    return shown.map((line) => `    ${style.dim(`${name}:`)} ${line}`);
  });
}
