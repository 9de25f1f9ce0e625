import { entryAt } from "../../collections/entry-at.ts";
import type { Location, Path } from "../checking/location.ts";
import { type Ref, takesPaths } from "../refs/refs.ts";
import type { ProgramTask, TaskEntry } from "../schema/tasks.ts";

/** Where in the file an output of a task is declared, within the task. */
export function locationOfOutput(entry: TaskEntry, index: number, label: string): Location {
  const [listed, list] =
    "run" in entry ? (["out", entry.out] as const) : (["outputs", entry.outputs] as const);
  if (index < (list?.length ?? 0)) return { path: [listed, index], part: "value" };
  return { path: [label], part: "key" };
}

/** The refs of the inputs, and the paths of directories for several. */
interface Written {
  refs: readonly Ref[];
  directories: readonly string[];
}

/** Where in the file stands what is wrong at this path of the built task, within the task. */
export function locationInTask(entry: TaskEntry, written: Written, path: Path): Location {
  const [part, index] = path;
  const { refs } = written;
  if (part === "inputs" && typeof index === "number")
    return { path: entryAt(refs, index).path, part: "value" };
  if (part === "config" && "run" in entry) return locationOfConfig(entry, written, path.slice(1));
  if (part === "config" && "type" in entry && takesPaths(entry))
    return locationOfPath("inputs", written, path.slice(1)) ?? { path: ["inputs"], part: "key" };
  return { path, part: "value" };
}

/** The config of a program is made of several keys of its task. */
function locationOfConfig({ run }: ProgramTask, written: Written, path: Path): Location {
  const ofPath = locationOfPath("files", written, path);
  if (ofPath) return ofPath;
  const [part, index = 0] = path;
  if (part === "out_paths") return { path: ["out", index], part: "value" };
  if (part === "env") return { path: ["env", index], part: "value" };
  if (part === "args" && Array.isArray(run) && run.length > 0) return { path: ["run", index], part: "value" };
  return { path: ["run"], part: "value" };
}

/** The key with the path of an input, or of a directory for several. */
function locationOfPath(
  key: string,
  { refs, directories }: Written,
  [part, index]: Path,
): Location | undefined {
  if (index === undefined) return undefined;
  if (part === "in_paths" || part === "paths")
    return { path: entryAt(refs, Number(index)).path.slice(0, 2), part: "key" };
  if (part === "directories") return { path: [key, entryAt(directories, Number(index))], part: "key" };
  return undefined;
}
