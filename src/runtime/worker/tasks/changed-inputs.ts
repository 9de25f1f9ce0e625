import { join } from "node:path";
import { RainError } from "../../errors.ts";
import type { FileChange } from "../../platform/files/changes/fingerprint.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { StoredInput } from "./task-input.ts";
import type { TaskRun } from "./task-run.ts";

/** File systems record times with a delay of a few milliseconds. */
const CLOCK_TOLERANCE_MS = 20;

export interface ChangedInput {
  input: StoredInput;
  change: FileChange;
}

/** Whether the code of a run may have seen files of the store. */
export function hasFiles({ inputs }: TaskRun): boolean {
  return inputs.some(({ stored }) => stored.content.stored !== undefined);
}

/**
 * The inputs of a run whose files somebody has changed since they were stored. Returns a promise only if there are
 * directories among them.
 */
export function changedInputs(store: ObjectStore, run: TaskRun): ChangedInput[] | Promise<ChangedInput[]> {
  const changed: ChangedInput[] = [];
  const pending: Promise<void>[] = [];
  const add = (input: StoredInput, change: FileChange | undefined) => {
    if (change) changed.push({ input, change });
  };
  for (const input of run.inputs) {
    const change = store.changeOf(input.stored.content);
    if (change instanceof Promise) pending.push(change.then((found) => add(input, found)));
    else add(input, change);
  }
  return pending.length === 0 ? changed : Promise.all(pending).then(() => changed);
}

/** The error of a run that may have changed its inputs itself; `undefined` if that happened before it started. */
export function changeError(run: TaskRun, changed: readonly ChangedInput[]): RainError | undefined {
  const started = Date.now() - (performance.now() - run.startedAt) - CLOCK_TOLERANCE_MS;
  const own = changed.find(({ change }) => change.at >= started);
  if (!own) return undefined;
  const { input, change } = own;
  const index = run.inputs.indexOf(input);
  const place = placeOf(run.config, index) ?? input.label;
  const file = JSON.stringify(join(place || `#${index}`, change.path));
  return new RainError(
    "TASK_FAILED",
    `the input ${file} was changed while the task ran. Other tasks read the same file, so a task must not write to its inputs`,
    {
      hint: "Write to another file and leave the modes and times of inputs as they are, or ask for a copy of the input with `write: true`.",
    },
  );
}

/** Where the task type `run` has put an input. */
function placeOf(config: unknown, index: number): string | undefined {
  const paths = typeof config === "object" && config !== null && "in_paths" in config ? config.in_paths : [];
  const place: unknown = Array.isArray(paths) ? paths[index] : undefined;
  if (typeof place !== "object" || place === null || !("path" in place)) return undefined;
  return typeof place.path === "string" ? place.path : undefined;
}
