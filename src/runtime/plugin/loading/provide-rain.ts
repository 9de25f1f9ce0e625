import * as nodeModule from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE_ROOT } from "../../platform/files/package-root.ts";

/** The modules of Rain that a plugin may import, and their files. */
const MODULES: Readonly<Record<string, string>> = {
  "rain-tasks": urlOf("index.js"),
  "rain-tasks/plugin": urlOf("plugin.js"),
  "rain-tasks/testing": urlOf("testing.js"),
};

function urlOf(file: string): string {
  return pathToFileURL(join(PACKAGE_ROOT, "dist", file)).href;
}

/** Hooks in the same thread, which the types of Node 20 lack. */
type RegisterHooks = (hooks: {
  resolve<Context extends { parentURL?: string }, Result>(
    specifier: string,
    context: Context,
    next: (specifier: string, context: Context) => Result,
  ): Result | { url: string; shortCircuit: true };
  load<Context, Result>(
    url: string,
    context: Context,
    next: (url: string, context: Context) => Result,
  ): Result;
}) => void;

let isProvided = false;

/**
 * Lets modules import `rain-tasks` although no `node_modules` above them has one, in this process: the folder of a linked plugin
 * belongs to its author, so nothing is written there.
 * @param module absolute path of the first module of a plugin
 */
export function provideRain(module: string): void {
  if (isProvided || findsRain(module)) return;
  isProvided = true;
  const { registerHooks } = nodeModule as { registerHooks?: RegisterHooks };
  if (registerHooks) registerIn(registerHooks);
  else nodeModule.register(`data:text/javascript,${encodeURIComponent(HOOKS_MODULE)}`);
}

function findsRain(module: string): boolean {
  try {
    nodeModule.createRequire(module).resolve("rain-tasks/package.json");
    return true;
  } catch {
    return false;
  }
}

function registerIn(registerHooks: RegisterHooks): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = MODULES[specifier];
      const isOurs = url !== undefined && context.parentURL?.startsWith("file:");
      return isOurs && !findsRain(String(context.parentURL))
        ? { url, shortCircuit: true }
        : next(specifier, context);
    },
    // Deno uses the results of `resolve` only if there is a `load`.
    load: (url, context, next) => next(url, context),
  });
}

/** The same for Node 20, whose hooks run in a thread of their own and find nothing with an error. */
const HOOKS_MODULE = `
const modules = ${JSON.stringify(MODULES)};
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    const url = modules[specifier];
    if (url === undefined) throw error;
    return { url, shortCircuit: true };
  }
}`;
