import type { Registry } from "../../plugin/registry.ts";
import { commandDriver } from "./cbor1/index.ts";
import type { ExecutorDriver } from "./executor.ts";
import { type ContentTypeModules, javaScriptDriver } from "./javascript-driver.ts";

/** Finds what runs a task type whose code this process does not load. There is one driver for each state of a package. */
export function pluginDrivers(
  registry: Registry,
  { script, contentTypes }: { script: string; contentTypes: () => ContentTypeModules },
): (type: string) => ExecutorDriver | undefined {
  const drivers = new Map<string, ExecutorDriver>();
  return (type) => {
    const plugin = registry.external(type)?.package;
    if (!plugin) return undefined;
    const key = `${plugin.hash} ${plugin.module}`;
    const { name, executor, folder } = plugin;
    const driver =
      drivers.get(key) ??
      (executor
        ? commandDriver({ name, ...executor, folder })
        : javaScriptDriver({ plugin, module: () => plugin.module, contentTypes, script }));
    drivers.set(key, driver);
    return driver;
  };
}
