import type { DataObject, Task } from "../../client/graph/values.ts";
import { entryAt } from "../../collections/entry-at.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { Problems } from "../checking/problems.ts";
import type { SessionFile } from "../reading/files.ts";
import type { Named, Names } from "../refs/names.ts";
import { RefResolver } from "../refs/ref-resolver.ts";
import { orderTasks } from "../refs/task-order.ts";
import type { ObjectEntry } from "../schema/objects.ts";
import { ObjectBuilder } from "./objects.ts";
import { resolveSaved, type Saved } from "./saved-objects.ts";
import { TaskBuilder } from "./task-builder.ts";

/** The values of the client's API that a session file describes. */
export interface SessionValues extends Saved {
  /** All tasks, in the order of the file. */
  tasks: Task[];
  /** The constants by name, in the order of the file. */
  objects: Map<string, DataObject>;
  /** Every kept object, with the ref for `rain fetch`. */
  kept: KeptObject[];
  /** The tasks by their keys in the files; a task with a matrix has several. */
  blocks: { key: string; tasks: Task[] }[];
  counts: { objects: number; tasks: number; outputs: number; kept: number; saved: number };
}

export interface KeptObject {
  ref: string;
  object: DataObject;
}

/**
 * Builds everything that is right, so that all of it is checked, and reports the rest. The values are
 * complete only without problems.
 */
export function buildValues(
  { saved, ...names }: Names & { saved: Readonly<Record<string, string>> },
  { registry, main, problems }: { registry: Registry; main: SessionFile; problems: Problems },
): SessionValues {
  const objectBuilder = new ObjectBuilder(registry, problems);
  const objects = new Map(names.objects.map((named) => [named.key, objectBuilder.build(named)]));
  const tasks: (Task | undefined)[] = new Array(names.tasks.length).fill(undefined);
  const resolver = new RefResolver(names, objects, tasks, problems);
  const taskBuilder = new TaskBuilder(registry, resolver, problems);
  for (const index of orderTasks(names, problems))
    tasks[index] = taskBuilder.build(entryAt(names.tasks, index));
  problems.file = main;
  const { save, savedDirectories } = resolveSaved(saved, resolver, problems);
  warnOfUnused(names.objects, resolver, problems);

  const builtTasks = tasks.filter((task) => task !== undefined);
  const builtObjects = new Map(
    [...objects].filter((entry): entry is [string, DataObject] => entry[1] !== undefined),
  );
  const kept = [...keptConstants(builtObjects), ...builtTasks.flatMap(keptOutputs)];
  const outputs = builtTasks.reduce((sum, task) => sum + task.outputs.length, 0);
  const counts = {
    objects: objects.size,
    tasks: tasks.length,
    outputs,
    kept: kept.length,
    saved: save.length,
  };
  const blocks = [...names.blocks.values()].map((block) => ({
    key: block.key,
    tasks: block.tasks.map((index) => tasks[index]).filter((task) => task !== undefined),
  }));
  return { tasks: builtTasks, objects: builtObjects, save, savedDirectories, kept, blocks, counts };
}

function warnOfUnused(
  objects: readonly Named<ObjectEntry>[],
  resolver: RefResolver,
  problems: Problems,
): void {
  for (const { key, file } of objects) {
    if (resolver.isUsed(key)) continue;
    problems.file = file;
    problems.warning(
      { path: ["objects", key], part: "key" },
      `no task uses the object ${JSON.stringify(key)}`,
    );
  }
}

function keptConstants(objects: ReadonlyMap<string, DataObject>): KeptObject[] {
  return [...objects].filter(([, object]) => object.kept).map(([ref, object]) => ({ ref, object }));
}

function keptOutputs({ outputs, options: { key } }: Task): KeptObject[] {
  const kept: KeptObject[] = [];
  for (const [index, object] of outputs.entries()) {
    if (!object.kept) continue;
    const label = /^[\w.-]+$/.test(object.label) ? `.${object.label}` : `[${index}]`;
    kept.push({ ref: outputs.length === 1 ? `${key}` : `${key}${label}`, object });
  }
  return kept;
}
