import { createHash } from "node:crypto";
import { mkdir, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PACKAGE_ROOT } from "../../platform/package-root.ts";
import { packTree } from "../../transport/tar.ts";

/** Where a plugin finds `rain-tasks`: a link that is made anew on every machine. */
const RAIN = "node_modules/rain-tasks";

/** What an installation leaves beside the packages themselves, which differs from one to the next; and what is no part of a plugin. */
const LEFT_OUT = new Set([
  ".git",
  RAIN,
  ...[".bin", ".cache", ".package-lock.json"].map((name) => `node_modules/${name}`),
]);

/** What Python leaves beside modules that it has imported. */
const BYTECODE = "__pycache__";

/** All that belongs to a plugin, its dependencies too, as a tar: equal trees give equal bytes. Fails with what `packTree` throws. */
export function packPlugin(tree: string): Readable {
  return packTree(tree, (path) => LEFT_OUT.has(path) || basename(path) === BYTECODE);
}

/** The SHA-256 of the tar, in hex. @throws IO for links that lead out of the tree */
export async function hashPlugin(tree: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(packPlugin(tree), hash);
  return hash.digest("hex");
}

/** Lets the packages of a tree import `rain-tasks` from this Rain, and from no other. */
export async function linkRain(tree: string): Promise<void> {
  const link = join(tree, RAIN);
  await rm(link, { recursive: true, force: true });
  await mkdir(dirname(link), { recursive: true });
  await symlink(PACKAGE_ROOT, link, "dir");
}
