import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A package, what building it makes last, and what does that. */
interface Package {
  folder: string;
  built: string;
  script: string;
}

const PACKAGES: readonly Package[] = [
  { folder: ROOT, built: "oclif.manifest.json", script: "scripts/build.mjs" },
  { folder: join(ROOT, "plugins/arrow"), built: "dist/types/index.d.ts", script: "build.mjs" },
  { folder: join(ROOT, "plugins/python"), built: "dist/index.js", script: "build.mjs" },
];

/** The command line is tested as it ships: builds it, and the plugins, where that has not been done since the last change. */
export function setup(): void {
  for (const { folder, built, script } of PACKAGES) {
    const result = join(folder, built);
    if (existsSync(result) && statSync(result).mtimeMs > lastChange(folder)) continue;
    execFileSync(process.execPath, [join(folder, script)], { stdio: "inherit" });
  }
}

function lastChange(folder: string): number {
  const sources = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" });
  const files = [join(folder, "package.json"), ...sources.map((path) => join(folder, "src", path))];
  return Math.max(...files.map((path) => statSync(path).mtimeMs));
}
