import { constants, copyFileSync, lstatSync, type Stats, utimesSync } from "node:fs";
import { chmod, copyFile, stat, utimes } from "node:fs/promises";
import { errnoOf } from "../../runtime/platform/errno.ts";
import {
  isStatusTimeExact,
  makeLink,
  makeLinkForProgram,
} from "../../runtime/platform/files/changes/linked-files.ts";

/*
 * Ways to get a file of an object into another directory. Copies keep the modification time and stay executable, and
 * share blocks where the file system can.
 * Single calls for small files are synchronous: they take a few microseconds, and the thread pool would add about a hundred.
 */

/** The modes of files do not bind the superuser. */
const IS_ROOT = process.geteuid?.() === 0;
/** Bytes up to which a program gets a copy of a file where the file system cannot clone it: alone, and in a directory. */
const MAX_COPIED = IS_ROOT ? 256 << 20 : 4 << 20;
const MAX_COPIED_IN_TREE = IS_ROOT ? MAX_COPIED : 0;
const MAX_SYNC = 1 << 20;

/** Whether the file systems, by their device numbers, can clone files. */
const canClone = new Map<number, boolean>();

/**
 * Gives a program a file that it cannot change for others: a clone or, where there are none, a copy. Large files are linked;
 * what happens to them is noticed when the task has ended, but not on Deno.
 */
export function shareFile(from: string, to: string, maxCopied = MAX_COPIED): Promise<void> | void {
  const stats = lstatSync(from);
  if (clone(from, to, stats)) return;
  if (stats.size > maxCopied && isStatusTimeExact) return linkOrCopy(from, to, makeLinkForProgram);
  if (stats.size > MAX_SYNC) return copyFileInto(from, to);
  copyFileSync(from, to, constants.COPYFILE_EXCL);
  utimesSync(to, stats.atimeMs / 1000, stats.mtimeMs / 1000);
}

/** The same for a file of a directory, of which there may be very many. */
export function shareFileOfTree(from: string, to: string): Promise<void> | void {
  return shareFile(from, to, MAX_COPIED_IN_TREE);
}

/** Returns whether the file was cloned. */
function clone(from: string, to: string, { dev, atimeMs, mtimeMs }: Stats): boolean {
  // Deno copies instead.
  if ("Deno" in globalThis || canClone.get(dev) === false) return false;
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw error;
    canClone.set(dev, false);
    return false;
  }
  utimesSync(to, atimeMs / 1000, mtimeMs / 1000);
  return true;
}

/** Copies a file with its permissions. */
export async function copyFileInto(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const { atimeMs, mtimeMs } = await stat(from);
  // The owner of a read-only file may set its times.
  await utimes(to, atimeMs / 1000, mtimeMs / 1000);
}

/** Copies a file so that its owner may change it. */
export async function copyFileWritable(from: string, to: string): Promise<void> {
  await copyFileInto(from, to);
  await chmod(to, 0o644 | ((await stat(to)).mode & 0o111));
}

/** Links a file of an object for another object. Copies it if the file system cannot link the two paths. */
export function linkFile(from: string, to: string): Promise<void> | void {
  return linkOrCopy(from, to, makeLink);
}

function linkOrCopy(from: string, to: string, link: typeof makeLink): Promise<void> | void {
  const copyInstead = (error: unknown) => {
    if (!["EXDEV", "EMLINK", "EPERM", "ENOTSUP"].includes(errnoOf(error) ?? "")) throw error;
    return copyFileInto(from, to);
  };
  try {
    return link(from, to)?.catch(copyInstead);
  } catch (error) {
    return copyInstead(error);
  }
}
