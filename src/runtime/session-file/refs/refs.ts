import type { Path } from "../checking/location.ts";
import type { TaskEntry } from "../schema/tasks.ts";

/** Valid names of objects and tasks. Refs rely on it to find the end of a name. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A reference of a task to an object or to outputs. */
export interface Ref {
  text: string;
  /** Path within the task. */
  path: Path;
  /** Whether it may name more than one object. */
  several: boolean;
}

/** Instances of a task with a matrix: all, or the ones with these values. */
export type Selection = "*" | readonly (readonly [key: string, value: string])[];

/**
 * `name`, `name[index]` or `name.label`; with a selection `name[*]`, `name[key=value,…]`, `name[*][index]` or
 * `name[*].label`.
 */
export interface ParsedRef {
  name: string;
  selection?: Selection;
  index?: number;
  label?: string;
}

const REF = /^([A-Za-z_][A-Za-z0-9_-]*)(?:\[(\*|[A-Za-z_][\w-]*=[^\]]*)\])?(?:\[(\d+)\]|\.(.+))?$/s;

export function parseRef(text: string): ParsedRef | undefined {
  const match = REF.exec(text);
  if (!match) return undefined;
  const [, name = "", selected, index, label] = match;
  const ref: ParsedRef = { name };
  if (index !== undefined) ref.index = Number(index);
  if (label !== undefined) ref.label = label;
  if (selected === undefined) return ref;
  ref.selection = selected === "*" ? selected : selected.split(",").map(pairOf);
  return ref;
}

function pairOf(text: string): [key: string, value: string] {
  const [key = "", ...value] = text.split("=");
  return [key.trim(), value.join("=").trim()];
}

/** The refs of a task in the order of its inputs. */
export function refsOf(task: TaskEntry): Ref[] {
  if ("run" in task) return programRefs(task);
  const { inputs = [] } = task;
  if (Array.isArray(inputs)) {
    return inputs.map((text, index) => ({ text, path: ["inputs", index], several: true }));
  }
  return Object.entries(inputs).map(([label, text]) => ({ text, path: ["inputs", label], several: false }));
}

function programRefs({ stdin, files = {} }: Extract<TaskEntry, { run: unknown }>): Ref[] {
  const refs: Ref[] = stdin === undefined ? [] : [{ text: stdin, path: ["stdin"], several: false }];
  for (const [path, file] of Object.entries(files)) {
    if (typeof file === "string") refs.push({ text: file, path: ["files", path], several: false });
    else refs.push({ text: file.object, path: ["files", path, "object"], several: false });
  }
  return refs;
}
