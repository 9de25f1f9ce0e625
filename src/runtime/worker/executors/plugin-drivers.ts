import type { PluginPackage } from "../../plugin/package.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { TaskKind } from "../../protocol/submission.ts";
import type { PluginShelf } from "../plugin-shelf.ts";
import type { ExecutorDriver } from "./executor.ts";
import { type ContentTypeModules, javaScriptDriver } from "./javascript-driver.ts";

export interface PluginDriverOptions {
  registry: Registry;
  shelf: PluginShelf;
  /** Path of the program that an executor runs. */
  script: string;
  contentTypes: () => ContentTypeModules;
}

/** Finds what runs a kind of task whose code this process does not load. There is one driver for each state of a package. */
export function pluginDrivers({
  registry,
  shelf,
  script,
  contentTypes,
}: PluginDriverOptions): (kind: TaskKind) => ExecutorDriver | undefined {
  const drivers = new Map<string, ExecutorDriver>();
  const driverFor = (
    plugin: Pick<PluginPackage, "name" | "version" | "hash">,
    module: () => Promise<string>,
  ) => {
    const driver = drivers.get(plugin.hash) ?? javaScriptDriver({ plugin, module, contentTypes, script });
    drivers.set(plugin.hash, driver);
    return driver;
  };
  return ({ type, plugin }) => {
    // The very package that the session was submitted with, whichever is installed here by now.
    if (plugin) return driverFor(plugin, async () => (await shelf.package(plugin)).module);
    const external = registry.external(type)?.package;
    return external && driverFor(external, async () => external.module);
  };
}
