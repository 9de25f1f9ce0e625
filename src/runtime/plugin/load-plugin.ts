import { pathToFileURL } from "node:url";
import { messageOf, RainError } from "../errors.ts";
import type { Plugin } from "./contract.ts";

/** The version of the plugin contract that this Rain knows. */
const CONTRACT_VERSION = 1;

/**
 * Imports the module of a plugin, whose code then runs in this process.
 * @param module absolute path
 * @throws START_FAILED when it cannot be imported or exports no plugin
 */
export async function loadPlugin(module: string): Promise<Plugin> {
  let exported: { default?: unknown };
  try {
    exported = await import(pathToFileURL(module).href);
  } catch (error) {
    throw new RainError("START_FAILED", `${module} cannot be imported: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const plugin = exported.default as Partial<Plugin & { contract: number }> | undefined;
  if (typeof plugin?.name !== "string") {
    throw new RainError("START_FAILED", `${module} exports no plugin`, {
      hint: "Its default export must be what definePlugin answers.",
    });
  }
  const { contract = CONTRACT_VERSION } = plugin;
  if (contract !== CONTRACT_VERSION) {
    throw new RainError(
      "START_FAILED",
      `${module} is written for version ${contract} of the plugin contract, this Rain knows version ${CONTRACT_VERSION}`,
    );
  }
  return plugin as Plugin;
}
