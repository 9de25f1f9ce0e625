/* Plugins: their contract, checks of tasks, contexts of runs, loading and installation. */

import { builtInContentTypes } from "../content-types/built-in/built-in.ts";
import { nearestContentType } from "../content-types/lookup.ts";
import { RainError } from "../errors.ts";
import type { TaskTypeInfo } from "../protocol/messages/index.ts";
import { describeSlots } from "./check/slots.ts";
import { checkTask, type TaskToCheck } from "./check/task.ts";
import type { ContentType, Plugin, TaskType } from "./contract/index.ts";
import type { ExternalTaskType } from "./loading/package.ts";
import { didYouMean, suggest } from "./suggest.ts";

/** Task types of this plugin can be named without the prefix. */
const DEFAULT_PLUGIN = "builtin";

/** The task types and content types of the plugins in this process, by name. */
export interface Registry {
  /** Finds a type by canonical name (`builtin/concat`), short name (`concat`) or alias (`export`). */
  taskType(name: string): TaskType | undefined;
  /** A type whose code this process does not load, by canonical name. */
  external(name: string): ExternalTaskType | undefined;
  /** The canonical name: `builtin/concat` for `concat`, `builtin/store` for `export` and `builtin/export`. */
  canonicalName(name: string): string | undefined;
  /** Whether a plugin of this name is known here. */
  hasPlugin(name: string): boolean;
  /** One entry for each task type, ordered by name. */
  describe(): TaskTypeInfo[];
  /**
   * The content type that loads and dumps this type: by its exact name, or else its longest known supertype.
   */
  contentType(name: string): ContentType | undefined;
  contentTypeNames(): string[];
  /** The task type most similar to a mistyped name, as a user would write it. */
  suggest(name: string): string | undefined;
  /**
   * Checks everything that is known about a task before it runs, and returns its config for `run`.
   * @throws RainError UNKNOWN_TASK_TYPE, or INVALID_GRAPH, whose `details.path` is the location in the task,
   * such as `["config", "args", 0]` or `["inputs", 1]`
   */
  checkTask(task: TaskToCheck): unknown;
}

/** @throws RainError START_FAILED if two plugins use the same name */
export function createRegistry(
  plugins: readonly Plugin[],
  externals: readonly ExternalTaskType[] = [],
): Registry {
  const types = new Map<string, TaskType>();
  const externalTypes = new Map<string, ExternalTaskType>();
  const canonicalNames = new Map<string, string>();
  const contentTypes = new Map<string, ContentType>();

  const claim = <Value>(names: Map<string, Value>, what: string, name: string, value: Value) => {
    if (names.has(name)) throw new RainError("START_FAILED", `two plugins have the ${what} "${name}"`);
    names.set(name, value);
  };
  for (const contentType of builtInContentTypes) contentTypes.set(contentType.name, contentType);
  for (const plugin of plugins) {
    for (const type of plugin.tasks ?? []) {
      const canonical = `${plugin.name}/${type.name}`;
      types.set(canonical, type);
      for (const name of [type.name, ...(type.aliases ?? [])]) {
        claim(canonicalNames, "task type", `${plugin.name}/${name}`, canonical);
        if (plugin.name === DEFAULT_PLUGIN) claim(canonicalNames, "task type", name, canonical);
      }
    }
    for (const contentType of plugin.contentTypes ?? []) {
      claim(contentTypes, "content type", contentType.name, contentType);
    }
  }
  for (const external of externals) {
    const { name } = external.info;
    claim(canonicalNames, "task type", name, name);
    externalTypes.set(name, external);
  }

  const nearest = (name: string) => suggest(name, canonicalNames.keys());
  const taskType = (name: string) => types.get(canonicalNames.get(name) ?? "");
  return {
    taskType,
    external: (name) => externalTypes.get(name),
    canonicalName: (name) => canonicalNames.get(name),
    hasPlugin: (name) => plugins.some((plugin) => plugin.name === name),
    describe: () =>
      [
        ...[...types].map(([name, type]) => describe(name, type)),
        ...[...externalTypes.values()].map(({ info }) => info),
      ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    contentType: (name) => contentTypes.get(name) ?? nearestContentType(contentTypes.values(), name),
    contentTypeNames: () => [...contentTypes.keys()].sort(),
    suggest: nearest,
    checkTask(task) {
      const type = taskType(task.type);
      if (type) return checkTask(type, task);
      throw new RainError(
        "UNKNOWN_TASK_TYPE",
        `unknown task type ${JSON.stringify(task.type)}${didYouMean(task.type, canonicalNames.keys())}`,
        { details: { path: ["type"] } },
      );
    },
  };
}

function describe(name: string, type: TaskType): TaskTypeInfo {
  const prefix = name.slice(0, -type.name.length);
  return {
    name,
    ...(type.aliases && { aliases: type.aliases.map((alias) => prefix + alias) }),
    summary: type.summary,
    inputs: describeSlots(type.inputs),
    outputs: describeSlots(type.outputs),
    ...(type.configJsonSchema === undefined ? {} : { config: type.configJsonSchema }),
  };
}
