import type { ContentTypeLookup } from "../content-types/lookup.ts";
import { rainHome } from "../platform/rain-home.ts";
import type { ContentType } from "../plugin/contract/index.ts";

/**
 * Finds the built-in content types, these, and those of the plugins installed on this machine. What knows of these is
 * loaded when it is first asked, as few programs do. The lookup throws IO, START_FAILED for a plugin that cannot be loaded.
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
