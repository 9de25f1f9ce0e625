import { offers } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { GraphKind } from "../../model/graph.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";
import { installHint } from "../../plugin/first-party.ts";
import { didYouMean } from "../../plugin/suggest.ts";
import type {
  PluginRef,
  Submission,
  TaskKind,
  TaskTypeInfo,
  WorkerHello,
} from "../../protocol/messages/index.ts";
import type { Registry, WorkerHandle } from "./registry.ts";

/** The capacity of a worker, as the core sees it. */
export function capacityOf({ cpus, memory, resources, labels, taskTypes }: WorkerHello): WorkerCapacity {
  const types = new Set<string>();
  for (const { name, plugin } of taskTypes) {
    types.add(name);
    if (plugin) types.add(exactType(name, plugin));
  }
  return { cpus, memory, named: resources, labels, types };
}

/**
 * A kind, as the core sees it. Tasks of a plugin that is not shipped need a worker with exactly this plugin.
 */
export function graphKind(kind: TaskKind): GraphKind {
  return kind.plugin && !kind.shipped ? { ...kind, type: exactType(kind.type, kind.plugin) } : kind;
}

function exactType(type: string, plugin: PluginRef): string {
  return `${type} of ${nameOf(plugin)}`;
}

/** Names a plugin in messages. The beginning of the hash identifies it. */
function nameOf({ package: packageName, version, hash }: PluginRef): string {
  return `${packageName} ${version} (${hash.slice(0, 16)})`;
}

/**
 * Replaces aliases of task types by their canonical names. When the client does not know which package a task
 * type of a plugin belongs to, takes the package of the first worker that offers the type. Rejects a task
 * type that no worker offers, since its tasks would wait forever. Rejects nothing before the first worker has
 * joined.
 * @throws UNKNOWN_TASK_TYPE
 */
export function resolveTaskTypes(cluster: Registry, chunks: Submission[]): void {
  if (cluster.workers.size === 0) return;
  const offered = new Map<string, TaskTypeInfo>();
  const workers = [...cluster.workers.values()];
  for (const { hello } of workers) {
    for (const type of hello.taskTypes) {
      for (const known of [type.name, ...(type.aliases ?? [])]) {
        if (!offered.has(known)) offered.set(known, type);
      }
    }
  }
  for (const { kinds } of chunks) {
    for (const kind of kinds) {
      if (kind.shipped) continue;
      if (kind.plugin) {
        checkPresent(workers, kind.type, kind.plugin);
        continue;
      }
      // The methods of a configured executor are known only to the executor.
      if (!offered.has(kind.type) && offers(offered, kind.type)) continue;
      const type = offered.get(kind.type);
      if (type === undefined) throw unknown(kind.type, offered.keys());
      kind.type = type.name;
      if (type.plugin) kind.plugin = type.plugin;
    }
  }
}

/**
 * Checks that a worker has exactly the plugin of the client, if the plugin is not shipped.
 * @throws UNKNOWN_TASK_TYPE
 */
function checkPresent(workers: readonly WorkerHandle[], type: string, plugin: PluginRef): void {
  const others = new Set<string>();
  for (const { slot, hello } of workers) {
    const found = hello.taskTypes.find(({ name }) => name === type)?.plugin;
    if (found?.hash === plugin.hash) return;
    others.add(`worker ${slot} has ${found ? nameOf(found) : "none"}`);
  }
  throw new RainError(
    "UNKNOWN_TASK_TYPE",
    `no worker has the plugin of ${type}, ${nameOf(plugin)}: ${[...others].slice(0, 5).join("; ")}`,
    {
      hint: "Submit without --no-ship, or install the same plugin on the workers' machines.",
      details: { type, plugin },
    },
  );
}

function unknown(type: string, known: Iterable<string>): RainError {
  const names = [...known];
  const install =
    installHint(type, names) ??
    "`rain plugins install PACKAGE` adds the task types of a plugin. `rain tasks` lists the available types.";
  const hint = type.startsWith("builtin/") ? undefined : install;
  return new RainError(
    "UNKNOWN_TASK_TYPE",
    `no worker offers the task type ${type}${didYouMean(type, names)}`,
    {
      hint,
      details: { type },
    },
  );
}

/** @throws INVALID_GRAPH for a plugin that is to be shipped but was not uploaded */
export function checkUploaded(cluster: Registry, chunks: readonly Submission[]): void {
  for (const { kinds } of chunks) {
    for (const { shipped, plugin, type } of kinds) {
      if (!shipped || (plugin && cluster.plugins.has(plugin.hash))) continue;
      throw new RainError("INVALID_GRAPH", `the plugin of ${type} was not uploaded before the submit`);
    }
  }
}
