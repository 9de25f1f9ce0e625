import type { Path } from "./problems.ts";
import type { TaskEntry } from "./schema.ts";

/** What names of objects and tasks may be, so that refs can tell a name from what follows it. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A place in a task that names an object or an output. */
export interface Ref {
  text: string;
  /** Within the task. */
  path: Path;
}

/** `name`, `name[index]` or `name.label`. */
export interface ParsedRef {
  name: string;
  index?: number;
  label?: string;
}

export function parseRef(text: string): ParsedRef | undefined {
  const match = /^([A-Za-z_][A-Za-z0-9_-]*)(?:\[(\d+)\]|\.(.+))?$/s.exec(text);
  if (!match) return undefined;
  const [, name, index, label] = match;
  return { name, ...(index && { index: Number(index) }), ...(label && { label }) };
}

/** The refs of a task in the order of its inputs. */
export function refsOf(task: TaskEntry): Ref[] {
  if ("run" in task) return programRefs(task);
  const { inputs = [] } = task;
  if (Array.isArray(inputs)) return inputs.map((text, index) => ({ text, path: ["inputs", index] }));
  return Object.entries(inputs).map(([label, text]) => ({ text, path: ["inputs", label] }));
}

function programRefs({ stdin, files = {} }: Extract<TaskEntry, { run: unknown }>): Ref[] {
  const refs: Ref[] = stdin === undefined ? [] : [{ text: stdin, path: ["stdin"] }];
  for (const [path, file] of Object.entries(files)) {
    if (typeof file === "string") refs.push({ text: file, path: ["files", path] });
    else refs.push({ text: file.object, path: ["files", path, "object"] });
  }
  return refs;
}
