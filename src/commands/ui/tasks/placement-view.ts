import type { Placement } from "../../../runtime/protocol/messages/index.ts";
import { count, formatDuration } from "../terminal/format.ts";
import { table } from "../terminal/table.ts";
import { blockedLines } from "./blocked-view.ts";
import { taskTitle } from "./task-title.ts";

/** The output of `rain submit --dry-run` as text. */
export function renderPlacement({ tasks, estimatedSeconds, workers, blocked, waiting }: Placement): string {
  const runs = workers.reduce((sum, worker) => sum + worker.count, 0);
  const parts = [
    `${runs} of ${count(tasks.total, "task")} would run, in about ${formatDuration(estimatedSeconds)}, if the workers were idle.`,
  ];
  if (runs > 0) parts.push(placementTable(workers));
  if (blocked.length > 0) {
    const lines = blockedLines(blocked).map((line) => `  ${line}`);
    parts.push(
      [
        `Cannot run${waiting === 0 ? "" : `, and ${count(waiting, "task")} waiting for them`}:`,
        ...lines,
      ].join("\n"),
    );
  }
  return parts.join("\n\n");
}

function placementTable(workers: Placement["workers"]): string {
  const rows = workers.flatMap(({ worker, count: tasks, fetchedInputs, parts, first }) =>
    parts.length === 0
      ? [[String(worker), "0", "-", "-", "0", "-"]]
      : parts.map((part, index) => [
          String(worker),
          String(part.count),
          part.group || "-",
          part.type,
          index === 0 ? String(fetchedInputs) : "",
          index === 0 ? `${first.map(taskTitle).join(", ")}${tasks > first.length ? ", …" : ""}` : "",
        ]),
  );
  return table(
    [
      { title: "worker", align: "right" },
      { title: "tasks", align: "right" },
      { title: "group" },
      { title: "type" },
      { title: "fetches", align: "right" },
      { title: "starts with" },
    ],
    rows,
  );
}
