import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../errno.ts";
import { changeOfTree, type Fingerprint, fingerprintOfTree } from "./changes/fingerprint.ts";
import { resolveTarget } from "./link-target.ts";
import { rainHome } from "./rain-home.ts";
import { removeTree } from "./remove-tree.ts";

/** Thrown for a directory with files that Rain did not write there. */
export class ForeignFilesError extends Error {
  constructor(path: string, file: string) {
    const what = file === "" ? "files" : JSON.stringify(file);
    super(`${path} has ${what}, which Rain did not write there or which has changed since`);
  }
}

/**
 * Writes a directory, which appears when it is complete. It takes the place of an empty one, or of one that Rain has
 * written here and nobody has changed since.
 * @param fill creates the directory at the given path
 * @throws ForeignFilesError; Error if there is a file; the system error
 */
export async function replaceDirectory(path: string, fill: (path: string) => Promise<void>): Promise<void> {
  await checkDirectoryTarget(path);
  const { target } = await resolveTarget(path);
  const partial = join(dirname(target), `.rain-${randomUUID()}.partial`);
  try {
    await fill(partial);
    await takePlace(partial, target);
  } catch (error) {
    await removeTree(partial);
    throw error;
  }
  await remember(target);
}

/** @throws ForeignFilesError; Error if there is a file */
export async function checkDirectoryTarget(path: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    if (errnoOf(error) === "ENOTDIR") throw new Error(`${path} is a file, and a directory was to be written`);
    throw error;
  }
  const [first] = names.sort();
  if (first === undefined) return;
  const target = await realpath(path);
  const written = await recall(target);
  if (!written) throw new ForeignFilesError(path, first);
  const change = await changeOfTree(target, written);
  if (change) throw new ForeignFilesError(path, change.path);
}

/** Moves a complete directory to its place, perhaps that of another one, whose mode it gets and which is removed. */
export async function takePlace(partial: string, target: string): Promise<void> {
  const before = await stat(target).catch(() => undefined);
  if (!before) {
    await rename(partial, target);
    return;
  }
  await chmod(partial, before.mode & 0o777);
  const former = join(dirname(target), `.rain-${randomUUID()}.former`);
  try {
    await rename(target, former);
  } catch (error) {
    // A directory where a file system is mounted stays; what is in it moves.
    if (errnoOf(error) !== "EBUSY") throw error;
    for (const name of await readdir(target)) await removeTree(join(target, name));
    for (const name of await readdir(partial)) await rename(join(partial, name), join(target, name));
    await removeTree(partial);
    return;
  }
  try {
    await rename(partial, target);
  } catch (error) {
    await rename(former, target);
    throw error;
  }
  await removeTree(former);
}

/** The file in the home of Rain that tells what was written to a directory. */
function recordOf(target: string): string {
  const name = createHash("sha256").update(target).digest("hex").slice(0, 32);
  return join(rainHome(), "saved", `${basename(target).slice(0, 64)}-${name}.json`);
}

async function remember(target: string): Promise<void> {
  const { names, facts } = await fingerprintOfTree(target);
  try {
    const record = recordOf(target);
    await mkdir(dirname(record), { recursive: true, mode: 0o700 });
    await writeFile(record, JSON.stringify({ path: target, names, facts: [...facts] }));
  } catch {
    // Without a home of Rain, the next save of this directory is refused, as that of any other.
  }
}

async function recall(target: string): Promise<Fingerprint | undefined> {
  try {
    const { path, names, facts } = JSON.parse(await readFile(recordOf(target), "utf8"));
    if (path !== target || typeof names !== "string" || !Array.isArray(facts)) return undefined;
    return { names, facts: Float64Array.from(facts) };
  } catch {
    return undefined;
  }
}
