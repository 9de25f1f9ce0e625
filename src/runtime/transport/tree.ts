import type { Stats } from "node:fs";
import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { RainError } from "../errors.ts";

export interface TreeEntry {
  /** Relative to the root of the tree. */
  path: string;
  kind: "file" | "dir" | "link";
  /** Bytes of a file, otherwise 0. */
  size: number;
  /** Whether the owner may execute the file. */
  executable: boolean;
  /** In milliseconds since the epoch. */
  modifiedAt: number;
  stats: Stats;
  /** Target of a link, relative to the link. */
  target: string;
}

/**
 * Yields everything below a directory: parents before their content, siblings sorted. Does not follow
 * symbolic links.
 * @param exclude whether to leave out this relative path and everything below it
 * @throws IO for what a directory object cannot contain: links that lead out of it, devices, sockets, pipes
 */
export async function* walkTree(
  root: string,
  exclude: (path: string) => boolean = () => false,
): AsyncGenerator<TreeEntry> {
  yield* walk(await realpath(root), "", exclude);
}

async function* walk(
  root: string,
  folder: string,
  exclude: (path: string) => boolean,
): AsyncGenerator<TreeEntry> {
  const names = await readdir(join(root, folder));
  for (const name of names.sort()) {
    const path = join(folder, name);
    if (exclude(path)) continue;
    const entry = await describe(root, path);
    yield entry;
    if (entry.kind === "dir") yield* walk(root, path, exclude);
  }
}

async function describe(root: string, path: string): Promise<TreeEntry> {
  const stat = await lstat(join(root, path));
  const entry = {
    path,
    size: 0,
    executable: (stat.mode & 0o100) !== 0,
    modifiedAt: stat.mtimeMs,
    stats: stat,
    target: "",
  };
  if (stat.isDirectory()) return { ...entry, kind: "dir" };
  // Tar readers treat a backslash as a separator and would rename the file.
  if (path.includes("\\")) throw new RainError("IO", `"${path}": names with a backslash are not supported`);
  if (stat.isFile()) return { ...entry, kind: "file", size: stat.size };
  if (!stat.isSymbolicLink()) {
    throw new RainError("IO", `"${path}" is neither a file, nor a directory, nor a symbolic link`);
  }
  const target = await readlink(join(root, path));
  if (!(await staysInside(root, path, target))) {
    throw new RainError("IO", `the symbolic link "${path}" leads out of its directory, to "${target}"`);
  }
  return { ...entry, kind: "link", target };
}

async function staysInside(root: string, path: string, target: string): Promise<boolean> {
  const link = join(root, path);
  if (isAbsolute(target) || !isWithin(root, resolve(dirname(link), target))) return false;
  try {
    return isWithin(root, await realpath(link));
  } catch {
    return true; // The link is dangling or circular.
  }
}

/** Returns whether an absolute path is `root` or below it. */
export function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}
