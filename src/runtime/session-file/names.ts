import { checkContentType } from "../plugin/content-types.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Path, Problems } from "./problems.ts";
import { NAME } from "./refs.ts";
import type { ObjectEntry, SessionDocument, TaskEntry } from "./schema.ts";

/** An entry of a section of the file; without what is wrong in it, or undefined where nothing is left. */
export interface Named<Entry> {
  key: string;
  entry: Entry | undefined;
  /** Whether nothing was wrong with it so far. */
  sound: boolean;
}

/** What refs can name, in the order of the file. */
export interface Names {
  objects: Named<ObjectEntry>[];
  tasks: Named<TaskEntry>[];
  taskIndex: ReadonlyMap<string, number>;
}

/** @param faults paths of what does not follow the schema */
export function collectNames(document: SessionDocument, faults: readonly Path[], problems: Problems): Names {
  const objects = namedEntries("objects", document.objects ?? {}, faults);
  const tasks = namedEntries("tasks", document.tasks, faults).map(withKind);
  const taskIndex = new Map(tasks.map(({ key }, index) => [key, index]));
  checkNames("objects", objects, problems);
  checkNames("tasks", tasks, problems);
  for (const { key } of objects) {
    if (!taskIndex.has(key)) continue;
    problems.error(
      { path: ["tasks", key], part: "key" },
      `${JSON.stringify(key)} is the name of an object already; references could mean either`,
    );
  }
  return { objects, tasks, taskIndex };
}

function checkNames(
  section: "objects" | "tasks",
  entries: readonly { key: string }[],
  problems: Problems,
): void {
  for (const { key } of entries) {
    if (NAME.test(key)) continue;
    problems.error(
      { path: [section, key], part: "key" },
      `${JSON.stringify(key)} cannot be a name: names are made of letters, digits, "_" and "-", and start with a letter or "_"`,
    );
  }
}

function namedEntries<Entry>(
  section: "objects" | "tasks",
  entries: Readonly<Record<string, Entry>>,
  faults: readonly Path[],
): Named<Entry>[] {
  /** By name the keys at fault; `undefined` stands for the whole entry. */
  const faulty = new Map<string, (string | undefined)[]>();
  for (const [first, name, key] of faults) {
    if (first !== section || typeof name !== "string") continue;
    faulty.set(name, [...(faulty.get(name) ?? []), key as string | undefined]);
  }
  return Object.keys(entries).map((key) => {
    const faultyKeys = faulty.get(key);
    if (!faultyKeys) return { key, entry: entries[key], sound: true };
    return { key, entry: without(entries[key], faultyKeys), sound: false };
  });
}

/** A task that has lost its `run` or `type` says nothing. */
function withKind(named: Named<TaskEntry>): Named<TaskEntry> {
  const { entry } = named;
  return entry && ("run" in entry || "type" in entry) ? named : { ...named, entry: undefined };
}

/** The entry without some of its keys, so that the rest of it can be checked. */
function without<Entry>(entry: Entry, keys: readonly (string | undefined)[]): Entry | undefined {
  if (keys.includes(undefined)) return undefined;
  const rest = Object.fromEntries(Object.entries(entry as object).filter(([key]) => !keys.includes(key)));
  return Object.keys(rest).length === 0 ? undefined : (rest as Entry);
}

/** Reports a content type that is neither a known one nor of a form that users may make up. */
export function checkContentTypeName(
  contentType: string | undefined,
  path: Path,
  registry: Registry,
  problems: Problems,
): void {
  const fault = contentType === undefined ? undefined : checkContentType(contentType);
  if (fault === undefined || registry.contentTypeNames().includes(contentType!)) return;
  problems.error({ path, part: "value" }, fault);
}
