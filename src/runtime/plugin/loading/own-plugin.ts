import { PACKAGE_ROOT } from "../../platform/files/package-root.ts";
import type { Plugin } from "../contract/index.ts";
import { createRegistry } from "../registry.ts";
import type { ExternalTaskType } from "./package.ts";

/**
 * The task types of a plugin that is part of Rain itself, but runs in executors.
 * @param module absolute path of its bundle
 */
export function ownPlugin(plugin: Plugin, module: string, version: string): ExternalTaskType[] {
  const { name } = plugin;
  const source = { name, package: "rain-tasks", version, hash: module, folder: PACKAGE_ROOT, module };
  return createRegistry([plugin])
    .describe()
    .map((info) => ({ package: source, info }));
}
