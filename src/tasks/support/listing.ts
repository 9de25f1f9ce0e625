import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const MAX_SHOWN = 12;

/** Lists the nearest existing directory above a path that is missing in `root`, for error messages. */
export function describeNearby(root: string, path: string): string {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    const names = namesIn(join(root, parent));
    if (names === undefined && parent !== ".") continue;
    const where = parent === "." ? "the directory" : JSON.stringify(`${parent}/`);
    if (names === undefined || names.length === 0) return `${where} is empty`;
    const more = names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : "";
    return `${where} contains ${names.slice(0, MAX_SHOWN).join(", ")}${more}`;
  }
}

function namesIn(directory: string): string[] | undefined {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  } catch {
    return undefined;
  }
}
