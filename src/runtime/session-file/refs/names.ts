import type { DataObject } from "../../client/graph/values.ts";
import { checkContentType } from "../../content-types/names.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { Path } from "../checking/location.ts";
import { describeLocation } from "../checking/positions.ts";
import type { Problems } from "../checking/problems.ts";
import type { Block } from "../expansion/block.ts";
import type { SessionFile } from "../reading/files.ts";
import type { ObjectEntry } from "../schema/objects.ts";
import type { TaskEntry } from "../schema/tasks.ts";
import { NAME } from "./refs.ts";

/** An entry of a section of a file. Wrong keys are removed from it; `undefined` if nothing is left. */
export interface Named<Entry> {
  key: string;
  entry: Entry | undefined;
  /** Whether no problem has been found in it so far. */
  sound: boolean;
  file: SessionFile;
}

/** A task, or one of the instances of a task with a matrix. */
export interface NamedTask extends Named<TaskEntry> {
  /** The name in refs: `train[fold=0]` of the block `train`. */
  key: string;
  /** The key in the file. */
  block: string;
}

/** The names for refs, in the order of the files. */
export interface Names {
  objects: Named<ObjectEntry>[];
  tasks: NamedTask[];
  /** The blocks by their keys in `tasks`. */
  blocks: ReadonlyMap<string, Block>;
}

/** The constants of a session by name; a wrong one has no value. */
export type Objects = ReadonlyMap<string, DataObject | undefined>;

/** The entries of a section of all files. Reports invalid and duplicate names. */
export function namedEntries<Entry>(
  section: "objects" | "tasks",
  files: readonly SessionFile[],
  problems: Problems,
): Named<Entry>[] {
  const named = new Map<string, Named<Entry>>();
  for (const file of files) {
    problems.file = file;
    for (const entry of entriesOf<Entry>(section, file)) {
      const { key } = entry;
      const location = { path: [section, key], part: "key" } as const;
      const other = named.get(key)?.file;
      if (other) reportClash(other, file, location, problems);
      else named.set(key, entry);
      if (NAME.test(key)) continue;
      problems.error(
        location,
        `${JSON.stringify(key)} is not a valid name; use letters, digits, "_" and "-", and start with a letter or "_"`,
      );
    }
  }
  return [...named.values()];
}

/** Reports, at the second of two entries of the same name, where the first one is. */
export function reportClash(
  first: SessionFile,
  second: SessionFile,
  location: { path: Path; part: "key" },
  problems: Problems,
): void {
  problems.file = second;
  const name = JSON.stringify(location.path.at(-1));
  problems.error(
    location,
    `${name} is already a name in ${describeLocation(first, location)}; all files of a session share their names`,
  );
}

function entriesOf<Entry>(section: "objects" | "tasks", file: SessionFile): Named<Entry>[] {
  const entries = (file.document[section] ?? {}) as Readonly<Record<string, Entry>>;
  /** The wrong keys by name; `undefined` means the whole entry. */
  const faulty = new Map<string, (string | undefined)[]>();
  for (const [first, name, key] of file.faults) {
    if (first !== section || typeof name !== "string") continue;
    faulty.set(name, [...(faulty.get(name) ?? []), key as string | undefined]);
  }
  return Object.keys(entries).map((key) => {
    const faultyKeys = faulty.get(key);
    if (!faultyKeys) return { key, entry: entries[key], sound: true, file };
    return { key, entry: without(entries[key], faultyKeys), sound: false, file };
  });
}

/** The entry without some of its keys, so that the rest of it can be checked. */
export function without<Entry>(entry: Entry, keys: readonly (string | undefined)[]): Entry | undefined {
  if (keys.includes(undefined)) return undefined;
  const rest = Object.fromEntries(Object.entries(entry as object).filter(([key]) => !keys.includes(key)));
  return Object.keys(rest).length === 0 ? undefined : (rest as Entry);
}

/** Reports names that are both an object and a task. */
export function checkAmbiguity({ objects, blocks }: Names, problems: Problems): void {
  for (const { key } of objects) {
    const block = blocks.get(key);
    if (!block) continue;
    problems.file = block.file;
    problems.error(
      { path: ["tasks", key], part: "key" },
      `${JSON.stringify(key)} is also the name of an object; a reference could mean either`,
    );
  }
}

/** Reports a content type that is neither known nor in a form that users may invent, such as `user/…`. */
export function checkContentTypeName(
  contentType: string | undefined,
  path: Path,
  registry: Registry,
  problems: Problems,
): void {
  if (contentType === undefined) return;
  const fault = checkContentType(contentType);
  if (fault === undefined || registry.contentTypeNames().includes(contentType)) return;
  problems.error({ path, part: "value" }, fault);
}
