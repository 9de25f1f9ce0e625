import type { ContentTypeLookup } from "../content-types/lookup.ts";
import { rainHome } from "../platform/files/rain-home.ts";
import type { ContentType } from "../plugin/contract/index.ts";

/**
 * Finds built-in content types, the given ones, and those of the plugins installed on this machine. The
 * module that loads plugins is imported at the first look-up, since few programs need it. The lookup throws
 * IO, and START_FAILED for a plugin that cannot be loaded.
 */
export function clientContentTypes(given?: readonly ContentType[]): ContentTypeLookup {
  let lookup: Promise<ContentTypeLookup> | undefined;
  return async (name) => {
    lookup ??= import("../plugin/installed/index.ts").then(({ installedContentTypes }) =>
      installedContentTypes(rainHome(), given),
    );
    return (await lookup)(name);
  };
}
