import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUILT = join(ROOT, "oclif.manifest.json");

/** The command line is tested as it ships: builds it where that has not been done since the last change. */
export function setup(): void {
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > lastChange()) return;
  execFileSync(process.execPath, [join(ROOT, "scripts", "build.mjs")], { stdio: "inherit" });
}

function lastChange(): number {
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  const files = [join(ROOT, "package.json"), ...sources.map((path) => join(ROOT, "src", path))];
  return Math.max(...files.map((path) => statSync(path).mtimeMs));
}
