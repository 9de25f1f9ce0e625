import { entryAt } from "../../collections/entry-at.ts";
import type { Location, Path } from "../checking/location.ts";
import type { Ref } from "../refs/refs.ts";
import type { ProgramTask, TaskEntry } from "../schema/tasks.ts";

/** Where in the file an output of a task is declared, within the task. */
export function locationOfOutput(entry: TaskEntry, index: number, label: string): Location {
  const [listed, list] =
    "run" in entry ? (["out", entry.out] as const) : (["outputs", entry.outputs] as const);
  if (index < (list?.length ?? 0)) return { path: [listed, index], part: "value" };
  return { path: [label], part: "key" };
}

/** Where in the file stands what is wrong at this path of the built task, within the task. */
export function locationInTask(entry: TaskEntry, refs: readonly Ref[], path: Path): Location {
  const [part, index] = path;
  if (part === "inputs" && typeof index === "number")
    return { path: entryAt(refs, index).path, part: "value" };
  if (part === "config" && "run" in entry) return locationOfConfig(entry, refs, path.slice(1));
  return { path, part: "value" };
}

/** The config of a program is made of several keys of its task. */
function locationOfConfig({ run }: ProgramTask, refs: readonly Ref[], [part, index = 0]: Path): Location {
  if (part === "in_paths") return { path: entryAt(refs, Number(index)).path.slice(0, 2), part: "key" };
  if (part === "out_paths") return { path: ["out", index], part: "value" };
  if (part === "env") return { path: ["env", index], part: "value" };
  if (part === "args" && Array.isArray(run) && run.length > 0) return { path: ["run", index], part: "value" };
  return { path: ["run"], part: "value" };
}
