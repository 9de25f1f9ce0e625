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
  /** Where a link leads, relative to itself. */
  target: string;
}

/**
 * Everything below a directory, parents before their content, siblings sorted. Symbolic links are entries, not followed.
 * @param leaveOut whether this relative path, with all below it, is not to be looked at
 * @throws IO for what a directory object cannot hold: links that lead out of it, devices, sockets, pipes
 */
export async function* walkTree(
  root: string,
  leaveOut: (path: string) => boolean = () => false,
): AsyncGenerator<TreeEntry> {
  yield* walk(await realpath(root), "", leaveOut);
}

async function* walk(
  root: string,
  folder: string,
  leaveOut: (path: string) => boolean,
): AsyncGenerator<TreeEntry> {
  const names = await readdir(join(root, folder));
  for (const name of names.sort()) {
    const path = join(folder, name);
    if (leaveOut(path)) continue;
    const entry = await describe(root, path);
    yield entry;
    if (entry.kind === "dir") yield* walk(root, path, leaveOut);
  }
}

async function describe(root: string, path: string): Promise<TreeEntry> {
  const stat = await lstat(join(root, path));
  const executable = (stat.mode & 0o100) !== 0;
  if (stat.isDirectory()) return { path, kind: "dir", size: 0, executable, target: "" };
  // Tar readers take a backslash for a separator and would rename the file.
  if (path.includes("\\")) throw new RainError("IO", `"${path}": a name with a backslash cannot travel`);
  if (stat.isFile()) return { path, kind: "file", size: stat.size, executable, target: "" };
  if (!stat.isSymbolicLink()) {
    throw new RainError("IO", `"${path}" is neither a file, nor a directory, nor a symbolic link`);
  }
  const target = await readlink(join(root, path));
  if (!(await staysInside(root, path, target))) {
    throw new RainError("IO", `the symbolic link "${path}" leads out of its directory, to "${target}"`);
  }
  return { path, kind: "link", size: 0, executable, target };
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

/** Whether an absolute path is `root` or lies below it. */
export function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}
