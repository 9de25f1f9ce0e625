import * as v from "valibot";
import { document } from "./document.ts";

const plugin = v.object({
  name: v.string(),
  package: v.string(),
  version: v.string(),
  hash: v.string(),
  integrity: v.optional(v.string()),
  from: v.object({ kind: v.string(), spec: v.string() }),
  taskTypes: v.array(v.string()),
  contentTypes: v.array(v.string()),
  commands: v.array(v.string()),
});

/** `replaced` is the version that was installed before. */
const installation = { plugin, replaced: v.optional(v.string()) };

export const installed = document("A plugin: `rain plugins install` and `link`.", installation);
export const updates = document("Plugins: `rain plugins update`.", {
  updates: v.array(v.object(installation)),
});
export const uninstalled = document("A plugin: `rain plugins uninstall`.", { plugin });
export const plugins = document("The plugins of this machine: `rain plugins list`.", {
  plugins: v.array(plugin),
});
export const created = document("A new plugin: `rain plugins create`.", {
  name: v.string(),
  folder: v.string(),
});
