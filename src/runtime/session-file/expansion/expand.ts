import type { InferOutput } from "valibot";
import { conforms } from "../checking/check-schema.ts";
import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import type { Scope } from "../expressions/cel.ts";
import { Expander, FAULTY, holdsExpression } from "../expressions/expand-value.ts";
import { Templates } from "../expressions/template.ts";
import type { SessionFile, SessionFiles } from "../reading/files.ts";
import { checkAmbiguity, type Named, type Names, namedEntries } from "../refs/names.ts";
import { type ObjectEntry, object as objectSchema } from "../schema/objects.ts";
import { type Defaults, defaults as defaultsSchema, type TaskEntry } from "../schema/tasks.ts";
import { applyDefaults } from "./defaults.ts";
import { TaskExpander } from "./expand-task.ts";

/**
 * The content of the files after expansion: expressions are evaluated, defaults applied, matrices replaced by
 * instances.
 */
export interface Expanded extends Names {
  /** The name of the session, if the file gives one. */
  name: string | undefined;
  /** Refs by the path to save them at. */
  saved: Readonly<Record<string, string>>;
}

/** @param files the main file first; `name` and `save` of the other files are ignored */
export function expand(files: SessionFiles, scope: Scope, problems: Problems): Expanded {
  const expander = new Expander(new Templates(), problems);
  const objects = namedEntries<ObjectEntry>("objects", files, problems).map((named) =>
    expandObject(named, scope, expander, problems),
  );
  const written = namedEntries<TaskEntry>("tasks", files, problems);
  const defaults = new Map(files.map((file) => [file, defaultsOf(file, scope, expander, problems)]));
  const tasks = new TaskExpander(scope, expander, problems);
  for (const named of written) tasks.add(applyDefaults(named, defaults.get(named.file) ?? {}));
  const names = { objects, tasks: tasks.tasks, blocks: tasks.blocks };
  checkAmbiguity(names, problems);

  const [main] = files;
  problems.file = main;
  const { name, save = {} } = main.document;
  const isNameFaulty = main.faults.some(([key]) => key === "name");
  const expandedName = isNameFaulty ? undefined : expander.expand(name, scope, ["name"]);
  const saved: Record<string, string> = {};
  for (const path of Object.keys(soundSave(main, save))) {
    const ref = expander.expand(save[path], scope, ["save", path]);
    if (typeof ref === "string") saved[path] = ref;
  }
  return { ...names, name: typeof expandedName === "string" ? expandedName : undefined, saved };
}

function expandObject(
  named: Named<ObjectEntry>,
  scope: Scope,
  expander: Expander,
  problems: Problems,
): Named<ObjectEntry> {
  const { key, entry, file } = named;
  if (!holdsExpression(entry)) return named;
  problems.file = file;
  const at = ["objects", key];
  const expanded = checked(objectSchema, expander.expand(entry, scope, at), at, problems);
  return {
    ...named,
    entry: expanded,
    sound: named.sound && expanded !== undefined,
  };
}

function defaultsOf(file: SessionFile, scope: Scope, expander: Expander, problems: Problems): Defaults {
  const faulty = file.faults.filter(([section]) => section === "defaults").map(([, key]) => String(key));
  const written = file.document.defaults;
  if (written === undefined || faulty.includes("undefined")) return {};
  const sound = Object.fromEntries(Object.entries(written).filter(([key]) => !faulty.includes(key)));
  if (!holdsExpression(sound)) return sound as Defaults;
  problems.file = file;
  const at = ["defaults"];
  return checked(defaultsSchema, expander.expand(sound, scope, at), at, problems) ?? {};
}

function checked<S extends typeof objectSchema | typeof defaultsSchema>(
  schema: S,
  value: unknown,
  at: Path,
  problems: Problems,
): InferOutput<S> | undefined {
  if (value === FAULTY) return undefined;
  return conforms(schema, value, problems, { at, expanded: true }) ? value : undefined;
}

/** The entries of `save` that follow the schema. */
function soundSave({ faults }: SessionFile, save: Readonly<Record<string, string>>): Record<string, string> {
  const faulty = new Set(faults.map(([section, path]) => (section === "save" ? (path ?? "") : undefined)));
  if (faulty.has("")) return {};
  return Object.fromEntries(Object.entries(save).filter(([path]) => !faulty.has(path)));
}
