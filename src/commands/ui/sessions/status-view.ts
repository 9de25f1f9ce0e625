import type {
  ClusterStatus,
  GroupStatus,
  ObjectDescription,
  SessionState,
  SessionStatus,
  SessionSummary,
  TaskCounts,
  TaskInfo,
  WorkerStatus,
} from "../../../runtime/protocol/messages/index.ts";
import { blockedLines } from "../tasks/blocked-view.ts";
import { failureLines } from "../tasks/failure-view.ts";
import { taskTitle } from "../tasks/task-title.ts";
import { count, formatBytes, formatDuration, formatTime, secondsSince } from "../terminal/format.ts";
import { style } from "../terminal/style.ts";
import { type Column, table } from "../terminal/table.ts";

const STATES = ["waiting", "ready", "running", "finished", "failed", "cancelled", "skipped"] as const;

/** The columns for cancelled and skipped tasks are shown only if there are any. */
function shownStates(rows: readonly TaskCounts[]): (typeof STATES)[number][] {
  const isRare = (state: string) => state === "cancelled" || state === "skipped";
  return STATES.filter((state) => !isRare(state) || rows.some((tasks) => tasks[state] > 0));
}

const taskColumns = (states: readonly string[]): Column[] =>
  ["tasks", ...states].map((title) => ({ title, align: "right" }));

/** At least this many sessions are shown, however low the terminal is. */
const MIN_SESSIONS = 5;

/**
 * The server, its workers and its newest sessions.
 * @param height lines that the text may have, if older sessions shall be left out
 */
export function renderCluster({ server, workers, sessions }: ClusterStatus, height?: number): string {
  const head = `Rain ${server.version} at ${server.address}, up ${formatDuration(server.uptimeSeconds)}, ${server.runtime}`;
  const machines = workers.length === 0 ? "No workers: `rain worker` runs one." : workerTable(workers);
  const upper = `${head}\n\n${machines}\n\n`;
  if (sessions.length === 0) return `${upper}No sessions.`;
  // Besides the sessions: the titles, the line about older ones, and the line of the prompt.
  const room = height === undefined ? sessions.length : height - upper.split("\n").length - 2;
  const shown = sessions.slice(0, Math.max(room, MIN_SESSIONS));
  const older = sessions.length - shown.length;
  const rest = older === 0 ? "" : `\nand ${count(older, "older session")}: \`rain status --all\` shows all`;
  return `${upper}${sessionTable(shown)}${rest}`;
}

/** One session: its groups, blocked, running and failed tasks, and kept objects. */
export function renderSession(session: SessionStatus): string {
  const { name, state, createdAt, durationSeconds, groups, blocked, runningTasks, failedTasks, kept } =
    session;
  const mode = session.onFailure === "continue" ? ", on failure: continue" : "";
  const parts = [
    `Session ${session.session} ${style.bold(name)}: ${paintState(state)}, ${formatDuration(durationSeconds)}, since ${formatTime(createdAt)}${mode}`,
    groupTable(session.tasks, groups),
  ];
  if (blocked.length > 0) {
    const tasks = blocked.reduce((sum, entry) => sum + entry.count, 0);
    parts.push(
      [`Blocked (${count(tasks, "task")})`, ...blockedLines(blocked).map((line) => `  ${line}`)].join("\n"),
    );
  }
  if (runningTasks.length > 0) parts.push(section("Running", runningTasks.map(runningLine)));
  if (failedTasks.length > 0) parts.push(failureSection(session));
  else if (session.error) parts.push(section("Error", [session.error.message]));
  if (kept.length > 0) parts.push(keptTable(kept));
  return parts.join("\n\n");
}

export function paintState(state: SessionState): string {
  if (state === "finished") return style.green(state);
  if (state === "failed") return style.red(state);
  return state === "cancelled" ? style.yellow(state) : style.cyan(state);
}

function workerTable(workers: readonly WorkerStatus[]): string {
  const columns: Column[] = [
    { title: "worker", align: "right" },
    { title: "host" },
    { title: "state" },
    { title: "cpus", align: "right" },
    { title: "tasks", align: "right" },
    { title: "cpu use", align: "right" },
    { title: "memory", align: "right" },
    { title: "objects", align: "right" },
  ];
  const known = <T>(value: T | undefined, format: (value: T) => string) =>
    value === undefined ? "-" : format(value);
  const offers = workers.map(({ resources, labels }) =>
    [...Object.entries(resources), ...Object.entries(labels)]
      .map(([name, what]) => `${name}=${what}`)
      .join(" "),
  );
  const hasOffers = offers.some((text) => text !== "");
  if (hasOffers) columns.push({ title: "offers" });
  const rows = workers.map((worker, index) => [
    String(worker.id),
    worker.hostname,
    worker.state === "online" ? style.green(worker.state) : style.red(worker.state),
    String(worker.cpus),
    String(worker.running),
    known(worker.cpuUse, (cpus) => `${Math.round(cpus * 100)} %`),
    known(worker.memory, formatBytes),
    known(worker.objectBytes, formatBytes),
    ...(hasOffers ? [offers[index] ?? ""] : []),
  ]);
  return table(columns, rows);
}

function sessionTable(sessions: readonly SessionSummary[]): string {
  const states = shownStates(sessions.map(({ tasks }) => tasks));
  const columns: Column[] = [
    { title: "session", align: "right" },
    { title: "name" },
    { title: "state" },
    ...taskColumns(states),
    { title: "time", align: "right" },
  ];
  const rows = sessions.map((session) => [
    String(session.session),
    session.name,
    paintState(session.state),
    ...taskCells(session.tasks, states),
    formatDuration(session.durationSeconds),
  ]);
  return table(columns, rows);
}

function groupTable(total: SessionSummary["tasks"], groups: readonly GroupStatus[]): string {
  const states = shownStates([total]);
  const used = groups.filter(({ tasks }) => tasks.total > 0);
  const rows = used.map(({ name, tasks }) => [name || "(no group)", ...taskCells(tasks, states)]);
  if (rows.length !== 1) rows.push(["all", ...taskCells(total, states)]);
  return table([{ title: "group" }, ...taskColumns(states)], rows);
}

function taskCells(tasks: TaskCounts, states: readonly (typeof STATES)[number][]): string[] {
  const cells = states.map((state) => {
    const text = String(tasks[state]);
    return state === "failed" && tasks.failed > 0 ? style.red(text) : text;
  });
  return [String(tasks.total), ...cells];
}

function runningLine(task: TaskInfo): string {
  const since = task.startedAt === undefined ? "" : `, ${formatDuration(secondsSince(task.startedAt))}`;
  const where = task.worker === undefined ? "" : ` on worker ${task.worker}`;
  return `${taskTitle(task)}${where}${since}`;
}

function failureSection({ tasks, failedTasks, skippedTasks }: SessionStatus): string {
  const all = tasks.failed;
  const lines = failureLines(failedTasks, skippedTasks);
  if (all > failedTasks.length) lines.push(`and ${count(all - failedTasks.length, "other")}`);
  return [`Failed (${count(all, "task")})`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function keptTable(kept: readonly ObjectDescription[]): string {
  const rows = kept.map((object) => [
    object.ref ?? `#${object.object}`,
    object.size === undefined ? object.state : formatBytes(object.size),
    object.dataType,
    object.contentType || "-",
  ]);
  const columns: Column[] = [
    { title: "kept" },
    { title: "size", align: "right" },
    { title: "type" },
    { title: "content" },
  ];
  return table(columns, rows);
}

function section(title: string, lines: readonly string[]): string {
  const body = lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`);
  return [`${title} (${count(lines.length, "task")})`, ...body].join("\n");
}
