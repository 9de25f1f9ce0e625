import type { PluginPackage } from "../../plugin/loading/package.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { TaskKind } from "../../protocol/messages/index.ts";
import type { PluginCache } from "../plugins/plugin-cache.ts";
import { commandDriver } from "./cbor1/index.ts";
import type { ExecutorDriver } from "./executor.ts";
import { type ContentTypeModules, javaScriptDriver } from "./javascript-driver.ts";

export interface PluginDriverOptions {
  registry: Registry;
  pluginCache: PluginCache;
  /** Path of the program that an executor runs. */
  script: string;
  contentTypes: () => ContentTypeModules;
}

/** A plugin that is not on this machine yet. */
type Known = Pick<PluginPackage, "name" | "version" | "hash" | "executor">;

/**
 * Finds the driver of a kind whose code this process does not load. There is one driver for each version of a
 * package.
 */
export function pluginDrivers({
  registry,
  pluginCache,
  script,
  contentTypes,
}: PluginDriverOptions): (kind: TaskKind) => ExecutorDriver | undefined {
  const drivers = new Map<string, ExecutorDriver>();
  const make = (plugin: Known, found: () => Promise<PluginPackage>): ExecutorDriver => {
    const { name, executor } = plugin;
    if (executor) return commandDriver({ name, ...executor, folder: async () => (await found()).folder });
    return javaScriptDriver({ plugin, module: async () => (await found()).module, contentTypes, script });
  };
  const driverFor = (plugin: Known, found: () => Promise<PluginPackage>) => {
    const driver = drivers.get(plugin.hash) ?? make(plugin, found);
    drivers.set(plugin.hash, driver);
    return driver;
  };
  return ({ type, plugin }) => {
    // The version that the session was submitted with, even if another one is installed here by now.
    if (plugin) return driverFor(plugin, () => pluginCache.package(plugin));
    const external = registry.external(type)?.package;
    return external && driverFor(external, async () => external);
  };
}
