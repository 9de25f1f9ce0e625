import { RainError } from "../../errors.ts";
import { rainHome } from "../../platform/files/rain-home.ts";
import {
  currentRef,
  type LocalPlugin,
  loadLocalPlugins,
  packPlugin,
  pluginNameOf,
  treeOf,
} from "../../plugin/installed/index.ts";
import { createRegistry, type Registry } from "../../plugin/registry.ts";
import type { Methods, PluginRef, Submission } from "../../protocol/messages/index.ts";
import type { Transfers } from "../fetch/transfers.ts";
import type { Task } from "../graph/values.ts";

/** A plugin that is submitted with a graph. */
export interface Shipment {
  ref: PluginRef;
  /** Folder of its files. */
  tree: string;
}

/**
 * Finds the installed plugins with the task types of a chunk, checks its tasks with them, and adds them to
 * its kinds. Ignores types of plugins that are not installed here, since workers may have them.
 * @param tasks the tasks of the whole submit
 * @param ship whether workers that lack a plugin get it
 * @throws UNKNOWN_TASK_TYPE for a type that an installed plugin does not have; INVALID_GRAPH, START_FAILED,
 * IO
 */
export async function addPlugins(
  { kinds, kind: kindOf, firstTask }: Submission,
  tasks: readonly Task[],
  ship: boolean,
): Promise<Shipment[]> {
  const home = rainHome();
  const local = await loadLocalPlugins(home, new Set(kinds.map(({ type }) => type)));
  if (local.length === 0) return [];
  const registry = createRegistry(local.map(({ plugin }) => plugin));
  const shipments = new Map<string, Shipment>();
  for (const { installed } of local) {
    const ref = await currentRef(home, installed);
    shipments.set(installed.name, { ref, tree: treeOf(home, installed) });
  }
  for (const kind of kinds) {
    const shipment = shipments.get(pluginNameOf(kind.type) ?? "");
    if (!shipment) continue;
    kind.type = registry.canonicalName(kind.type) ?? unknownType(kind.type, registry, shipment);
    kind.plugin = shipment.ref;
    if (ship) kind.shipped = true;
  }
  const start = firstTask - (tasks[0]?.number ?? 0);
  checkTasks(tasks.slice(start, start + kindOf.length), registry, local);
  return ship ? [...shipments.values()] : [];
}

function unknownType(type: string, registry: Registry, { ref }: Shipment): never {
  const near = registry.suggest(type);
  throw new RainError(
    "UNKNOWN_TASK_TYPE",
    `the plugin ${ref.name} ${ref.version} has no task type ${type}${near ? `; did you mean "${near}"?` : ""}`,
    { hint: `\`rain plugins update ${ref.name}\` installs a newer version.`, details: { type } },
  );
}

function checkTasks(tasks: readonly Task[], registry: Registry, local: readonly LocalPlugin[]): void {
  const names = new Set(local.map(({ plugin }) => plugin.name));
  for (const { type, config, inputs, outputs } of tasks) {
    if (names.has(pluginNameOf(type) ?? "")) registry.checkTask({ type, config, inputs, outputs });
  }
}

type Call = (
  method: "missingPlugins",
  params: { hashes: string[] },
) => Promise<Methods["missingPlugins"]["result"]>;

/** Uploads the plugins that the server lacks. @throws IO, LIMIT_EXCEEDED, SERVER_LOST */
export async function uploadPlugins(
  shipments: readonly Shipment[],
  call: Call,
  transfers: Transfers,
): Promise<void> {
  if (shipments.length === 0) return;
  const missing = new Set(
    (await call("missingPlugins", { hashes: shipments.map(({ ref }) => ref.hash) })).hashes,
  );
  for (const { ref, tree } of shipments) {
    if (!missing.has(ref.hash)) continue;
    await transfers.uploadPlugin(ref.hash, packPlugin(tree)).catch((error) => {
      if (!(error instanceof RainError && error.code === "INVALID_MESSAGE")) throw error;
      throw new RainError("IO", `the files of the plugin ${ref.name} changed while they were sent`, {
        hint: "Submit it again.",
        cause: error,
      });
    });
  }
}
