import type { Path } from "./problems.ts";
import type { Ref } from "./refs.ts";
import type { ProgramTask, TaskEntry } from "./schema.ts";

/** Where in the file an output of a task is listed, within the task; `undefined` where it is not in a list. */
export function placeOfOutput(entry: TaskEntry, index: number): Path | undefined {
  const [listed, list] =
    "run" in entry ? (["out", entry.out] as const) : (["outputs", entry.outputs] as const);
  return index < (list?.length ?? 0) ? [listed, index] : undefined;
}

/** Where in the file stands what is wrong at this path of the built task. What the file lacks stands at the task itself. */
export function placeInTask(entry: TaskEntry, refs: readonly Ref[], path: Path): Path {
  const [part, first, ...rest] = path;
  if (part === "inputs" && typeof first === "number") return refs[first]?.path ?? ["inputs"];
  if (part === "outputs" && typeof first === "number") return placeOfOutput(entry, first) ?? [];
  return "run" in entry && part === "config" ? placeOfConfig(entry, refs, [first, ...rest]) : path;
}

/** The config of a program is made of several keys of its task. */
function placeOfConfig({ run }: ProgramTask, refs: readonly Ref[], [part, index]: Path): Path {
  const number = Number(index);
  if (part === "in_paths") return refs[number]?.path ?? [];
  if (part === "out_paths") return ["out", number];
  if (part === "env") return ["env", index];
  if (part === "args" && Array.isArray(run) && run.length > 0) return ["run", number];
  return ["run"];
}
