import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Everything below a directory: the content of files, `-> TARGET` of symbolic links, `null` for directories. */
export function treeOf(root: string): Record<string, string | null> {
  const tree: Record<string, string | null> = {};
  const walk = (parent: string) => {
    for (const entry of readdirSync(join(root, parent), { withFileTypes: true })) {
      const path = join(parent, entry.name);
      if (entry.isDirectory()) {
        tree[`${path}/`] = null;
        walk(path);
      } else if (entry.isSymbolicLink()) tree[path] = `-> ${readlinkSync(join(root, path))}`;
      else tree[path] = readFileSync(join(root, path), "utf8");
    }
  };
  walk("");
  return tree;
}

export function makeFifo(path: string): void {
  execFileSync("mkfifo", [path]);
}
