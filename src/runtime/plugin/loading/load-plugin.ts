/* Loads plugins into a process, and converts the inputs and outputs of their tasks. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, RainError } from "../../errors.ts";
import { PACKAGE_ROOT } from "../../platform/files/package-root.ts";
import { CONTRACT_VERSION, type Plugin } from "../contract/index.ts";
import { provideRain } from "./provide-rain.ts";

/** Deno lets a module in node_modules import this module, which is outside, only if it is already loaded. */
const CONTRACT = pathToFileURL(join(PACKAGE_ROOT, "dist", "plugin.js")).href;

/**
 * Imports a plugin: the default export of its module, or the export named `plugin`.
 * @param module absolute path
 * @throws RainError START_FAILED if it cannot be imported, is not a plugin, or was written for another
 * contract
 */
export async function loadPlugin(module: string): Promise<Plugin> {
  let exported: Record<string, unknown>;
  provideRain(module);
  try {
    if ("Deno" in globalThis) await import(CONTRACT);
    exported = await import(pathToFileURL(module).href);
  } catch (error) {
    throw new RainError("START_FAILED", `the plugin ${module} cannot be loaded: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return checkPlugin(exported.default ?? exported.plugin, module);
}

/** @throws RainError START_FAILED */
export function checkPlugin(value: unknown, module: string): Plugin {
  const fail = (reason: string, hint?: string) => {
    throw new RainError("START_FAILED", `the plugin ${module} ${reason}`, hint === undefined ? {} : { hint });
  };
  if (!isObject(value)) return fail("does not export a plugin", "Export definePlugin({ … }) as its default.");
  const { name, contract, tasks = [], contentTypes = [] } = value;
  if (contract !== CONTRACT_VERSION) {
    const version = contract === undefined ? "names no version" : `is of version ${String(contract)}`;
    return fail(
      `${version} of the plugin contract; this Rain has version ${CONTRACT_VERSION}`,
      contract === undefined
        ? "Make the plugin with definePlugin of rain-tasks/plugin."
        : "Install a version of the plugin that was made for this Rain.",
    );
  }
  if (typeof name !== "string" || !/^[a-z][a-z0-9_-]*$/.test(name))
    return fail(
      `has the name ${JSON.stringify(name)}; a name may contain lower-case letters, digits, - and _`,
    );
  if (!isListOf(tasks, ["run"])) return fail("has tasks that are not made by defineTask");
  if (!isListOf(contentTypes, ["load", "dump"]))
    return fail("has contentTypes that are not made by defineContentType");
  return value as unknown as Plugin;
}

/** Whether a value is a list of objects with a name and these methods. */
function isListOf(value: unknown, methods: readonly string[]): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (item) =>
        isObject(item) &&
        typeof item.name === "string" &&
        methods.every((method) => typeof item[method] === "function"),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
