import { type ContentTypeLookup, nearestContentType } from "../content-types/lookup.ts";
import type { ContentType, Plugin } from "../plugin/contract.ts";
import { loadPlugin } from "../plugin/load-plugin.ts";
import { createRegistry } from "../plugin/registry.ts";

/**
 * Finds the built-in content types, those of the plugin, and those of other plugins, whose modules are imported when they
 * are first needed.
 * @param others names and modules
 */
export function contentTypeLookup(
  plugin: Plugin,
  others: readonly (readonly [name: string, module: string])[],
): ContentTypeLookup {
  const registry = createRegistry([plugin]);
  const elsewhere = others.map(([name, module]) => ({ name, module }));
  const loaded = new Map<string, Promise<ContentType | undefined>>();
  return (name) => {
    const own = registry.contentType(name);
    const other = nearestContentType(elsewhere, name);
    if (!other || (own && own.name.length >= other.name.length)) return own;
    const found = loaded.get(other.name) ?? load(other.name, other.module);
    loaded.set(other.name, found);
    return found;
  };
}

async function load(name: string, module: string): Promise<ContentType | undefined> {
  const { contentTypes = [] } = await loadPlugin(module);
  return contentTypes.find((type) => type.name === name);
}
