import { dirname } from "node:path";
import type { Outcome } from "../../../runtime/run-file/index.ts";
import { failureLines } from "../tasks/failure-view.ts";
import { count, formatBytes, formatDuration, formatProgress } from "../terminal/format.ts";
import { style } from "../terminal/style.ts";
import { paintState } from "./status-view.ts";

const MAX_LISTED = 10;

/** An object of the section `save`. */
interface Saved {
  path: string;
  ref: string;
}

/** The output of `rain submit` when the session has ended. */
export function renderOutcome({
  session,
  name,
  state,
  tasks,
  outputs,
  saved,
  notSaved = {},
  durationSeconds,
  failed = [],
  skipped = [],
}: Outcome): string {
  const done = tasks.finished === tasks.total ? count(tasks.total, "task") : formatProgress(tasks);
  const lines = [
    `Session ${session} ${style.bold(name)} ${paintState(state)}: ${done} in ${formatDuration(durationSeconds)}.`,
  ];
  if (failed.length > 0) {
    lines.push(`Failed (${count(tasks.failed, "task")})`);
    for (const line of failureLines(failed, skipped)) lines.push(`  ${line}`);
  }
  for (const [folder, files] of byFolder(saved)) {
    if (files.length > MAX_LISTED) lines.push(`Saved ${files.length} objects in ${style.bold(folder)}`);
    else
      for (const [path, ref] of files)
        lines.push(`Saved ${ref} as ${style.bold(path)}${sizeOf(outputs[ref]?.size)}`);
  }
  for (const [path, { ref }] of Object.entries(notSaved)) {
    lines.push(`Not saved: ${ref} as ${style.bold(path)}, since it was not made`);
  }
  const savedRefs = new Set([...Object.values(saved), ...Object.values(notSaved).map(({ ref }) => ref)]);
  const kept = Object.entries(outputs).filter(([ref]) => !savedRefs.has(ref));
  if (kept.length > MAX_LISTED) {
    lines.push(`Kept ${kept.length} objects: \`rain status ${session}\` lists them.`);
  } else {
    for (const [ref, { size }] of kept)
      lines.push(`Kept ${ref}${sizeOf(size)}: \`rain fetch ${session} ${ref}\``);
  }
  return lines.join("\n");
}

/** The output of `rain submit --detach`. */
export function renderDetached({ session, state, tasks }: Outcome, save: readonly Saved[]): string {
  const lines = [
    `Session ${session} is ${state}: ${count(tasks.total, "task")}. \`rain wait ${session}\` waits for its end.`,
  ];
  for (const { path, ref } of save.slice(0, MAX_LISTED))
    lines.push(`Then \`rain fetch ${session} ${ref} -o ${path}\` saves ${path}.`);
  const more = save.length - MAX_LISTED;
  if (more > 0) lines.push(`\`rain status ${session}\` lists ${count(more, "more object")} to save.`);
  return lines.join("\n");
}

function byFolder(saved: Outcome["saved"]): Map<string, [path: string, ref: string][]> {
  const folders = new Map<string, [path: string, ref: string][]>();
  for (const entry of Object.entries(saved)) {
    const folder = dirname(entry[0]);
    const files = folders.get(folder);
    if (files) files.push(entry);
    else folders.set(folder, [entry]);
  }
  return folders;
}

function sizeOf(size: number | undefined): string {
  return size === undefined ? "" : ` (${formatBytes(size)})`;
}
