import type { Registry } from "../../plugin/registry.ts";
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
    const driver =
      drivers.get(key) ?? javaScriptDriver({ plugin, module: () => plugin.module, contentTypes, script });
    drivers.set(key, driver);
    return driver;
  };
}
