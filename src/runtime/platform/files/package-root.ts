import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OWN_FOLDER = dirname(fileURLToPath(import.meta.url));

/**
 * The root folder of the package that contains this module, as a source file or in a bundle. For a bundle
 * outside of a package, the folder of the bundle.
 */
export const PACKAGE_ROOT = findRoot(OWN_FOLDER) ?? OWN_FOLDER;

function findRoot(folder: string): string | undefined {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : findRoot(parent);
}
