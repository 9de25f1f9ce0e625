import type { Path } from "../checking/location.ts";
import type { TaskEntry } from "../schema/tasks.ts";

/** Valid names of objects and tasks. Refs rely on it to find the end of a name. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A reference of a task to an object or to outputs. */
export interface Ref {
  text: string;
  /** Path within the task. */
  path: Path;
  /** What it may name: one object, several objects, or the directory of several at a path. */
  names: "one" | "several" | "directory";
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

const START = /^([A-Za-z_][A-Za-z0-9_-]*)/;
/** What follows the name and the selection: an index or a label. */
const END = /^(?:\[(\d+)\]|\.(.+))?$/s;
/** The start of a pair in a selection. */
const PAIR = /^\s*([A-Za-z_][\w-]*)\s*=\s*/;
/** A text in double quotes, as in JSON, with a comma or nothing behind it. */
const QUOTED = /^"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"(?=\s*(?:,|$))/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are quoted, too.
const NEEDS_QUOTES = /[,[\]="\u0000-\u001f\u007f]|^\s|\s$/;

/** The instances of a task with a matrix, among which a ref selects. */
export interface Selectable {
  keys: ReadonlySet<string>;
  select: (selection: Selection) => readonly unknown[];
}

/**
 * Parses a ref. A value in a selection may be in double quotes, as in JSON. One without quotes may contain commas and
 * brackets, too, as in `count[file=a[1].txt]`: where it ends then depends on the instances that there are.
 * @param instancesOf the instances of a task with a matrix
 */
export function parseRef(
  text: string,
  instancesOf: (name: string) => Selectable | undefined = () => undefined,
): ParsedRef | undefined {
  const name = START.exec(text)?.[1];
  if (name === undefined) return undefined;
  const rest = text.slice(name.length);
  const plain = withEnd({ name }, rest);
  if (plain || !rest.startsWith("[")) return plain;
  if (rest.startsWith("[*]")) return withEnd({ name, selection: "*" }, rest.slice(3));
  const instances = instancesOf(name);
  const strict = selectionsOf(name, rest, instances?.keys, true);
  const candidates = strict.length > 0 ? strict : selectionsOf(name, rest, instances?.keys, false);
  const [first, ...others] = candidates;
  if (!first || others.length === 0 || !instances) return first;
  return candidates.find(({ selection = [] }) => instances.select(selection).length > 0) ?? first;
}

/** The refs that the text may be, by where its selection may end. */
function selectionsOf(
  name: string,
  rest: string,
  keys: ReadonlySet<string> | undefined,
  strict: boolean,
): ParsedRef[] {
  const refs: ParsedRef[] = [];
  for (let close = rest.indexOf("]"); close > 0; close = rest.indexOf("]", close + 1)) {
    const selection = parsePairs(rest.slice(1, close), keys, strict);
    const ref = selection && withEnd({ name, selection }, rest.slice(close + 1));
    if (ref) refs.push(ref);
  }
  return refs;
}

/** The ref with the index or the label that follows its selection. */
function withEnd(ref: ParsedRef, end: string): ParsedRef | undefined {
  const match = END.exec(end);
  if (!match) return undefined;
  const [, index, label] = match;
  return {
    ...ref,
    ...(index !== undefined && { index: Number(index) }),
    ...(label !== undefined && { label }),
  };
}

/**
 * @param keys the keys of the matrix, if they are known: a comma before any other text belongs to a value
 * @param strict whether a value without quotes may not start with one
 */
function parsePairs(
  text: string,
  keys: ReadonlySet<string> | undefined,
  strict: boolean,
): [key: string, value: string][] | undefined {
  const pairs: [string, string][] = [];
  let rest = text;
  for (;;) {
    const match = PAIR.exec(rest);
    const key = match?.[1];
    if (!match || key === undefined) return undefined;
    rest = rest.slice(match[0].length);
    const quoted = QUOTED.exec(rest)?.[0];
    if (strict && quoted === undefined && rest.startsWith('"')) return undefined;
    const end = quoted?.length ?? plainEnd(rest, keys);
    pairs.push([key, quoted === undefined ? rest.slice(0, end).trim() : String(JSON.parse(quoted))]);
    rest = rest.slice(end).trim();
    if (rest === "") return pairs;
    rest = rest.slice(1);
  }
}

function plainEnd(text: string, keys: ReadonlySet<string> | undefined): number {
  for (let comma = text.indexOf(","); comma >= 0; comma = text.indexOf(",", comma + 1)) {
    const key = PAIR.exec(text.slice(comma + 1))?.[1];
    if (key !== undefined && (keys === undefined || keys.has(key))) return comma;
  }
  return text.length;
}

/** A pair of a selection. A value that could be read differently is in double quotes. */
export function pairText([key, value]: readonly [key: string, value: string]): string {
  return `${key}=${NEEDS_QUOTES.test(value) ? JSON.stringify(value) : value}`;
}

/** The refs of a task in the order of its inputs. */
export function refsOf(task: TaskEntry): Ref[] {
  if ("run" in task) return programRefs(task);
  const { inputs = [] } = task;
  if (Array.isArray(inputs)) {
    return inputs.map((text, index) => ({ text, path: ["inputs", index], names: "several" }));
  }
  const names = takesPaths(task) ? "directory" : "one";
  return Object.entries(inputs).map(([label, text]) => ({ text, path: ["inputs", label], names }));
}

/** The references of a task to tasks that come before it. */
export function needsOf({ needs = [] }: TaskEntry): { text: string; path: Path }[] {
  return needs.map((text, index) => ({ text, path: ["needs", index] }));
}

/** Whether the labels of its inputs are the paths of a directory to make. */
export function takesPaths({ type, inputs, config }: Extract<TaskEntry, { type: unknown }>): boolean {
  const makesDirectory = type === "make_directory" || type === "builtin/make_directory";
  return makesDirectory && config === undefined && inputs !== undefined && !Array.isArray(inputs);
}

function programRefs({ stdin, files = {} }: Extract<TaskEntry, { run: unknown }>): Ref[] {
  const refs: Ref[] = stdin === undefined ? [] : [{ text: stdin, path: ["stdin"], names: "one" }];
  for (const [path, file] of Object.entries(files)) {
    if (typeof file === "string") refs.push({ text: file, path: ["files", path], names: "directory" });
    else refs.push({ text: file.object, path: ["files", path, "object"], names: "directory" });
  }
  return refs;
}
