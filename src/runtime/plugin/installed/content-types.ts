import { type ContentTypeLookup, lookupAmong } from "../../content-types/lookup.ts";
import type { ContentType } from "../contract/index.ts";
import { lookupWithModules } from "../loading/content-type-modules.ts";
import { packageAt, readIndex, refOf, treeOf } from "./plugin-index.ts";

/**
 * Finds the built-in content types, the given ones, and those of the plugins installed in `home`. Loads the
 * code of a plugin into this process when it is first needed, so use it in commands only, never in a server
 * or worker. The lookup throws IO, START_FAILED.
 */
export function installedContentTypes(home: string, given: readonly ContentType[] = []): ContentTypeLookup {
  const lookupGiven = lookupAmong(given);
  let everything: Promise<ContentTypeLookup> | undefined;
  return async (name) => {
    const found = lookupGiven(name);
    if (name === "" || found?.name === name) return found;
    everything ??= readIndex(home).then((plugins) => {
      const modules = plugins.flatMap((installed) => {
        const { module } = packageAt(treeOf(home, installed), refOf(installed));
        return installed.description.contentTypes.map((type) => [type, module] as const);
      });
      return lookupWithModules(lookupGiven, modules);
    });
    return (await everything)(name);
  };
}
