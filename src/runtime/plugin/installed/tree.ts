import { createHash } from "node:crypto";
import { mkdir, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PACKAGE_ROOT } from "../../platform/files/package-root.ts";
import { packTree } from "../../transport/tar.ts";

/** The link to `rain-tasks` for the plugin. Each machine makes its own. */
const RAIN = "node_modules/rain-tasks";

/** Files that are not part of a plugin, or that differ between installations of the same packages. */
const LEFT_OUT = new Set([
  ".git",
  RAIN,
  ...[".bin", ".cache", ".package-lock.json"].map((name) => `node_modules/${name}`),
]);

/** Files that Python writes beside imported modules. */
const BYTECODE = "__pycache__";

/** Packs a plugin with its dependencies as a tar. Equal trees give equal bytes. Fails as `packTree`. */
export function packPlugin(tree: string): Readable {
  const exclude = (path: string) => LEFT_OUT.has(path) || basename(path) === BYTECODE;
  return packTree(tree, { exclude, times: "none" });
}

/** The SHA-256 of the tar, in hex. @throws IO for links that leave the tree */
export async function hashPlugin(tree: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(packPlugin(tree), hash);
  return hash.digest("hex");
}

/** Makes the packages of a tree import `rain-tasks` from this Rain. */
export async function linkRain(tree: string): Promise<void> {
  const link = join(tree, RAIN);
  await rm(link, { recursive: true, force: true });
  await mkdir(dirname(link), { recursive: true });
  await symlink(PACKAGE_ROOT, link, "dir");
}
