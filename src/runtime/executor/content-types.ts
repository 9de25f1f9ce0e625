import { isSubtype } from "../content-types/names.ts";
import type { ContentType, Plugin } from "../plugin/contract.ts";
import { loadPlugin } from "../plugin/load-plugin.ts";
import type { ContentTypeLookup } from "../plugin/outputs.ts";
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
  const loaded = new Map<string, Promise<ContentType | undefined>>();
  return (name) => {
    const own = registry.contentType(name);
    let best: readonly [name: string, module: string] | undefined;
    for (const other of others) {
      const longest = best?.[0] ?? own?.name ?? "";
      if (isSubtype(name, other[0]) && other[0].length > longest.length) best = other;
    }
    if (!best) return own;
    const [known, module] = best;
    const found = loaded.get(known) ?? load(known, module);
    loaded.set(known, found);
    return found;
  };
}

async function load(name: string, module: string): Promise<ContentType | undefined> {
  const { contentTypes = [] } = await loadPlugin(module);
  return contentTypes.find((type) => type.name === name);
}
