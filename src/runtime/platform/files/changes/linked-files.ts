import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  type Stats,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errnoOf } from "../../errno.ts";

/*
 * Who changes a file can set back its size, modification time and mode, but not the time of its last change of status. That
 * time also changes with each link that is made, moved or removed. So Rain notes it around its own links; links that a
 * program makes, moves or removes show in their number and names. What changes the time otherwise is a change of the file.
 * Each operation is synchronous, so that no other one comes between it and the looks at the time.
 */

/** What is known of a file that has had several names. Times are times of status, in milliseconds since the epoch. */
interface LinkedFile {
  /** From here to `until`, only links were made, moved or removed. Infinite if the file was changed. */
  since: number;
  until: number;
  links: number;
  /** The names that Rain has made for programs. */
  names: Set<string>;
  /** Another file that has got the same inode was made later, as far as the file system tells. */
  madeAt: number;
  size: number;
  modifiedAt: number;
}

/** Milliseconds of file operations before the event loop gets its turn. */
const SLICE_MS = 5;
/** Whether times of status are exact. Deno gives whole seconds, within which a program may have changed the file. */
export const isStatusTimeExact = !("Deno" in globalThis);

const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** By device and inode. Files are the same for all workers in this process. */
const filesByDevice = new Map<number, Map<Inode, LinkedFile>>();
/** Numbers beyond 2^53, which Lustre has, are exact only as `bigint`. */
type Inode = number | bigint;

/** Replacements of files that other processes of Rain may have as well, by path. */
const replacements = new Map<string, () => Promise<void>>();

/**
 * Notes that another process of Rain may have a link to a file. It must be replaced by a copy before other code can reach it,
 * since each of the two processes knows its own links only. `replace` does that, and ends with a call of the function that
 * this one returns.
 */
export function noteShared(path: string, replace: () => Promise<void>): () => void {
  replacements.set(path, replace);
  return () => void replacements.delete(path);
}

/** Makes a link and notes that it was Rain. Returns a promise only for a shared file. @throws the system error */
export function makeLink(from: string, to: string): Promise<void> | void {
  const replace = replacements.get(from);
  if (replace) return replace().then(() => void link(from, to));
  link(from, to);
}

/** The same for a link that a program gets, which may move or remove it. */
export function makeLinkForProgram(from: string, to: string): Promise<void> | void {
  const made = makeLink(from, to);
  const note = () => void entryOf(to, lstatSync(to))?.names.add(to);
  return made ? made.then(note) : note();
}

function link(from: string, to: string): void {
  const before = lstatSync(from);
  linkSync(from, to);
  const known = entryOf(from, before) ?? remember(from, before);
  if (isExplained(known, before)) take(known, lstatSync(to));
}

/** Moves a file, which may have other names, and notes that it was Rain. Returns its facts. @throws the system error */
export function moveFile(from: string, to: string): Stats {
  const before = lstatSync(from);
  const known = entryOf(from, before);
  const explained = known && isExplained(known, before);
  renameSync(from, to);
  const after = lstatSync(to);
  if (explained) take(known, after);
  return after;
}

/**
 * Removes the names that files with several names have at a path or below it, and notes that it was Rain. The rest stays.
 * Returns a promise only if there can be such names.
 */
export function removeLinks(root: string): Promise<void> | undefined {
  return filesByDevice.size === 0 ? undefined : removeLinksIn(root);
}

async function removeLinksIn(root: string): Promise<void> {
  const pending = [root];
  let sliceEnd = performance.now() + SLICE_MS;
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    try {
      const stats = lstatSync(path);
      if (stats.isFile()) removeLink(path, stats);
      if (stats.isDirectory()) for (const name of readdirSync(path)) pending.push(join(path, name));
    } catch (error) {
      // It is gone, closed to this user or not to be opened now; who removes the rest finds out.
      if (errnoOf(error) === undefined) throw error;
    }
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
}

function removeLink(path: string, stats: Stats): void {
  const known = entryOf(path, stats);
  if (!known) return;
  if (stats.nlink === 1) {
    forget(path, stats);
    return;
  }
  const file = openSync(path, OPEN_FLAGS);
  try {
    const explained = isExplained(known, stats);
    known.names.delete(path);
    unlinkSync(path);
    if (explained) take(known, fstatSync(file));
  } finally {
    closeSync(file);
  }
}

/** Whether nobody has changed a file, whose size, modification time and mode are as they were, since a time of status. */
export function isUntouchedSince(then: number, path: string, stats: Stats): boolean {
  const known = entryOf(path, stats);
  if (known) return then >= known.since && isExplained(known, stats);
  if (stats.ctimeMs === then) return true;
  if (stats.nlink === 1) return false;
  remember(path, stats).since = then;
  return true;
}

/**
 * Whether the time of status of a file has changed only because of links: those of Rain, or those that other code has made,
 * moved or removed. Such code is not expected to set back times as well.
 */
function isExplained(known: LinkedFile, stats: Stats): boolean {
  if (stats.ctimeMs === known.until) return true;
  const isExplained = stats.nlink !== known.links || hasLostName(known, stats);
  take(known, stats);
  if (!isExplained) known.since = Number.POSITIVE_INFINITY;
  return isExplained;
}

/** Whether a program has moved or removed its link; it counts once. */
function hasLostName({ names }: LinkedFile, { dev, ino }: Stats): boolean {
  const before = names.size;
  for (const name of names) {
    const stats = lstatSync(name, { throwIfNoEntry: false });
    if (stats?.ino !== ino || stats.dev !== dev) names.delete(name);
  }
  return names.size < before;
}

function remember(path: string, stats: Stats): LinkedFile {
  const { dev, ctimeMs, nlink, birthtimeMs, size, mtimeMs } = stats;
  const file: LinkedFile = {
    since: ctimeMs,
    until: ctimeMs,
    links: nlink,
    names: new Set(),
    madeAt: birthtimeMs,
    size,
    modifiedAt: mtimeMs,
  };
  const files = filesByDevice.get(dev) ?? new Map<Inode, LinkedFile>();
  filesByDevice.set(dev, files.set(inodeOf(path, stats), file));
  return file;
}

function forget(path: string, stats: Stats): void {
  const files = filesByDevice.get(stats.dev);
  files?.delete(inodeOf(path, stats));
  if (files?.size === 0) filesByDevice.delete(stats.dev);
}

function take(file: LinkedFile, { ctimeMs, nlink }: Stats): void {
  file.until = ctimeMs;
  file.links = nlink;
}

function entryOf(path: string, stats: Stats): LinkedFile | undefined {
  const file = filesByDevice.get(stats.dev)?.get(inodeOf(path, stats));
  if (!file) return undefined;
  if (file.madeAt !== stats.birthtimeMs) {
    forget(path, stats);
    return undefined;
  }
  // Its size and time may be set back later.
  if (file.size !== stats.size || file.modifiedAt !== stats.mtimeMs) file.since = Number.POSITIVE_INFINITY;
  return file;
}

function inodeOf(path: string, { ino }: Stats): Inode {
  return Number.isSafeInteger(ino) ? ino : lstatSync(path, { bigint: true }).ino;
}
