import { lstat, mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TaskError } from "../../runtime/plugin/contract/index.ts";

/** Files of one directory that are copied at the same time, at most. */
const MAX_PARALLEL = 16;

/** The contents of one directory of a tree. Paths are relative to the root of the tree. */
interface Level {
  directories: string[];
  files: string[];
  links: { path: string; target: string }[];
}

/**
 * The directories of a tree, parents first. Symbolic links are not followed.
 * @throws TaskError for a symbolic link that leaves the tree, and for sockets, FIFOs and devices, with paths below `shownAs`
 */
async function* walkTree(root: string, shownAs: string, signal: AbortSignal): AsyncGenerator<Level> {
  const pending = [""];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    signal.throwIfAborted();
    const level: Level = { directories: [], files: [], links: [] };
    for (const entry of await readdir(join(root, parent), { withFileTypes: true })) {
      const path = join(parent, entry.name);
      if (entry.isDirectory()) level.directories.push(path);
      else if (entry.isFile()) level.files.push(path);
      else if (entry.isSymbolicLink()) level.links.push({ path, target: await readlink(join(root, path)) });
      else {
        const [shown, kind] = [JSON.stringify(join(shownAs, path)), await kindOf(join(root, path))];
        throw new TaskError(`${shown} is a ${kind}; only files, directories and symbolic links can be taken`);
      }
    }
    for (const { path, target } of level.links) {
      if (staysInside(path, target)) continue;
      const link = `${JSON.stringify(join(shownAs, path))} -> ${JSON.stringify(target)}`;
      throw new TaskError(`the symbolic link ${link} leaves its directory ${JSON.stringify(shownAs)}`);
    }
    yield level;
    pending.push(...level.directories);
  }
}

/**
 * Whether a symbolic link ends inside its tree, if all other links of the tree do. A link may have `..` only at
 * its start, where it climbs
 * real directories, and not above the root. After a name, which may be a link, `..` could lead anywhere.
 */
function staysInside(path: string, target: string): boolean {
  if (target.startsWith("/")) return false;
  const steps = target.split("/").filter((step) => step !== "" && step !== ".");
  const climbs = steps.findIndex((step) => step !== "..");
  const up = climbs < 0 ? steps.length : climbs;
  const depth = path.split("/").length - 1;
  return up <= depth && !steps.slice(up).includes("..");
}

/** @throws TaskError as `replicateTree` */
export async function checkTree(root: string, shownAs: string, signal: AbortSignal): Promise<void> {
  const levels = walkTree(root, shownAs, signal);
  while (!(await levels.next()).done);
}

/** Copies or links one file of a tree. */
type FileReplicator = (from: string, to: string) => Promise<void> | void;
/** Files after which the event loop gets its turn. */
const FILES_PER_TURN = 256;

/**
 * Creates the directory `to`, which must not exist, with the contents of `from`.
 * @throws TaskError for entries that a directory object cannot contain, with paths below `shownAs`
 */
export async function replicateTree(tree: {
  from: string;
  to: string;
  shownAs: string;
  file: FileReplicator;
  signal: AbortSignal;
}): Promise<void> {
  const { from, to, shownAs, file, signal } = tree;
  await mkdir(to);
  for await (const level of walkTree(from, shownAs, signal)) {
    for (const path of level.directories) await mkdir(join(to, path));
    for (const { path, target } of level.links) await symlink(target, join(to, path));
    for (let start = 0; start < level.files.length; start += MAX_PARALLEL) {
      const batch = level.files.slice(start, start + MAX_PARALLEL);
      await Promise.all(batch.map((path) => file(join(from, path), join(to, path))));
      if (start % FILES_PER_TURN === 0) await nextTurn();
    }
  }
}

/** Reads the kind of a file again, since the directory entries of Deno lack it. */
async function kindOf(path: string): Promise<string> {
  const stats = await lstat(path);
  if (stats.isFIFO()) return "FIFO";
  return stats.isSocket() ? "socket" : "device";
}
