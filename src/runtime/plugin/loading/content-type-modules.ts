import { type ContentTypeLookup, nearestContentType } from "../../content-types/lookup.ts";
import type { ContentType } from "../contract/index.ts";
import { loadPlugin } from "./load-plugin.ts";

/** The module of the plugin of each content type: name to absolute path. */
export type ContentTypeModules = readonly (readonly [name: string, module: string])[];

/**
 * Finds content types among the given ones and those of plugins. Imports the module of a plugin when it is
 * first needed. The lookup throws START_FAILED if a module cannot be loaded.
 */
export function lookupWithModules(
  given: (name: string) => ContentType | undefined,
  modules: ContentTypeModules,
): ContentTypeLookup {
  const elsewhere = modules.map(([name, module]) => ({ name, module }));
  const loaded = new Map<string, Promise<ContentType | undefined>>();
  return (name) => {
    const found = given(name);
    const other = nearestContentType(elsewhere, name);
    if (!other || (found && found.name.length >= other.name.length)) return found;
    const loading = loaded.get(other.name) ?? load(other.name, other.module);
    loaded.set(other.name, loading);
    return loading;
  };
}

async function load(name: string, module: string): Promise<ContentType | undefined> {
  const { contentTypes = [] } = await loadPlugin(module);
  return contentTypes.find((type) => type.name === name);
}
