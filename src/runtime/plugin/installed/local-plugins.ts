import type { PluginRef } from "../../protocol/messages/index.ts";
import type { Plugin } from "../contract/index.ts";
import { loadPlugin } from "../loading/load-plugin.ts";
import { type InstalledPlugin, packageAt, readIndex, refOf, treeOf } from "./plugin-index.ts";
import { hashPlugin } from "./tree.ts";

/**
 * An installed plugin whose code is loaded into this process, which is a command, never a server or worker.
 */
export interface LocalPlugin {
  plugin: Plugin;
  installed: InstalledPlugin;
}

/** The prefix of a task type; `undefined` for Rain's own types. */
export function pluginNameOf(taskType: string): string | undefined {
  const slash = taskType.indexOf("/");
  const name = taskType.slice(0, Math.max(slash, 0));
  return name === "" || name === "builtin" ? undefined : name;
}

/** Imports the installed plugins that have these task types. @throws IO, START_FAILED */
export async function loadLocalPlugins(home: string, taskTypes: Iterable<string>): Promise<LocalPlugin[]> {
  const names = new Set(Array.from(taskTypes, pluginNameOf));
  names.delete(undefined);
  if (names.size === 0) return [];
  const found = (await readIndex(home)).filter(({ name }) => names.has(name));
  return Promise.all(
    found.map(async (installed) => {
      const { module } = packageAt(treeOf(home, installed), refOf(installed));
      return { plugin: await loadPlugin(module), installed };
    }),
  );
}

/** The current state of the plugin; a linked one may have changed since it was linked. @throws IO */
export async function currentRef(home: string, installed: InstalledPlugin): Promise<PluginRef> {
  const ref = refOf(installed);
  return installed.source.kind === "link" ? { ...ref, hash: await hashPlugin(treeOf(home, installed)) } : ref;
}
