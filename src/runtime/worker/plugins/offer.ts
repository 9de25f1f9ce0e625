import type { Registry } from "../../plugin/registry.ts";
import { type Commands, commandTypes } from "../executors/configured.ts";
import type { InstalledPlugins, Offer } from "./installed-plugins.ts";

/** The types that a worker offers: built-in ones, those of its configuration, and those of installed plugins. */
export function offerOf(
  registry: Registry,
  commands: Commands,
  installed: InstalledPlugins | undefined,
): Offer {
  const { taskTypes, contentTypes } = installed?.offer ?? { taskTypes: [], contentTypes: [] };
  return {
    taskTypes: [...registry.describe(), ...commandTypes(commands), ...taskTypes],
    contentTypes: [...new Set([...registry.contentTypeNames(), ...contentTypes])],
  };
}
