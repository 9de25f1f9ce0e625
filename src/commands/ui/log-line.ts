import type { LogEntry } from "../../runtime/protocol/client-messages.ts";
import { formatDuration, formatTime } from "./format.ts";
import { taskTitle } from "./status-view.ts";
import { style } from "./style.ts";

/** An event in one line, and below it what the task printed. */
export function renderLogEntry(entry: LogEntry): string {
  const paint =
    entry.event === "failed" || entry.event === "worker-lost" ? style.red : (text: string) => text;
  const facts = [
    entry.task === undefined ? undefined : taskTitle(entry),
    entry.worker === undefined ? undefined : `worker ${entry.worker}`,
    entry.duration === undefined ? undefined : formatDuration(entry.duration),
    entry.state,
    entry.message,
    entry.error?.message.split("\n")[0],
  ];
  const head = [
    style.dim(formatTime(entry.time)),
    entry.session === undefined ? "server" : `session ${entry.session}`,
    paint(entry.event),
    facts.filter((fact) => fact !== undefined).join(", "),
  ];
  return [head.join("  "), ...printed(entry)].join("\n");
}

function printed({ debug, stdout, stderr }: LogEntry): string[] {
  const parts = Object.entries({ debug, stdout, stderr }).filter(([, text]) => text);
  return parts.flatMap(([name, text = ""]) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => `    ${style.dim(`${name}:`)} ${line}`),
  );
}
