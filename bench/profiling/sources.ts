import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CallFrame } from "./summary.ts";

/** The line that esbuild writes before each module of a bundle: a comment, or for CommonJS the key of a wrapper. */
const MODULE = /^(?:\/\/ |\s*")((?:\.\.\/\S*?)?(?:src|bench|plugins|node_modules)\/[^"\s]+)(?:"\(|$)/;

/** Finds the source files of functions in bundles, which have no source maps. */
export class Sources {
  /** The module of each line, by bundle. */
  readonly #bundles = new Map<string, string[]>();

  /** The source of a function: a file of Rain, the name of a package, or `node`. */
  of({ url, lineNumber }: CallFrame): string {
    if (!url.startsWith("file:")) return "node";
    const path = fileURLToPath(url);
    const inPackage = packageOf(path);
    if (inPackage) return inPackage;
    const module = this.#modulesOf(path)[lineNumber] ?? "";
    return packageOf(module) ?? (module || path.replace(/^.*\//, ""));
  }

  #modulesOf(path: string): string[] {
    let modules = this.#bundles.get(path);
    if (!modules) {
      modules = modulesOfLines(readFileSync(path, "utf8"));
      this.#bundles.set(path, modules);
    }
    return modules;
  }
}

/** The module of each line of a bundle. Lines before the first module have an empty text. */
export function modulesOfLines(bundle: string): string[] {
  let module = "";
  return bundle.split("\n").map((line) => {
    module = MODULE.exec(line)?.[1] ?? module;
    return module;
  });
}

function packageOf(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
}
