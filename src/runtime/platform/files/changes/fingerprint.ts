import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isStatusTimeExact, isUntouchedSince } from "./linked-files.ts";

/** Milliseconds of file operations before the event loop gets its turn. */
const SLICE_MS = 5;
/** A mode has 16 bits. */
const MODES = 2 ** 16;

/**
 * What shows whether a file, or the files of a directory, are as they were: their names, sizes, modification
 * times and modes, and the times of their last change of status.
 */
export interface Fingerprint {
  /** Hash of the paths and the targets of links, in order; empty for a file. */
  names: string;
  /** Per entry the modification time in milliseconds, then size and mode in one number. Both are 0 for a link. */
  facts: Float64Array;
  /**
   * Per entry the time of its last change of status in milliseconds, which nobody can set back; 0 for what is no file.
   * Absent: others may have made links to the files, which changes these times.
   */
  statusTimes?: Float64Array | undefined;
}

/** How a file differs from its fingerprint. */
export interface FileChange {
  /** Path in the directory; empty for the file itself. */
  path: string;
  /** When it was changed, as far as the file system tells, in milliseconds since the epoch. */
  at: number;
}

export function fingerprintOfFile(stats: Stats): Fingerprint {
  return {
    names: "",
    facts: Float64Array.of(stats.mtimeMs, sizeAndMode(stats)),
    statusTimes: Float64Array.of(stats.ctimeMs),
  };
}

/** @throws the system error */
export async function fingerprintOfTree(root: string): Promise<Fingerprint> {
  const names = createHash("sha1");
  const facts: number[] = [];
  const statusTimes: number[] = [];
  for await (const { path, stats, target } of entriesOf(root)) {
    names.update(`${path}\0${target}\0`);
    facts.push(...factsOf(stats));
    statusTimes.push(stats.isFile() ? stats.ctimeMs : 0);
  }
  return {
    names: names.digest("base64"),
    facts: Float64Array.from(facts),
    statusTimes: Float64Array.from(statusTimes),
  };
}

/** Compares a file with its fingerprint. Returns `undefined` if they agree. */
export function changeOfFile(path: string, { facts, statusTimes }: Fingerprint): FileChange | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats && stats.mtimeMs === facts[0] && sizeAndMode(stats) === facts[1]) {
    const then = statusTimes?.[0];
    if (then === undefined || isUntouchedSince(then, path, stats)) return undefined;
  }
  return { path: "", at: timeOf(stats, facts[0]) };
}

/** Compares the files of a directory with its fingerprint. Returns the first difference. */
export async function changeOfTree(root: string, before: Fingerprint): Promise<FileChange | undefined> {
  const names = createHash("sha1");
  let entry = 0;
  let change: FileChange | undefined;
  let newest: FileChange = { path: "", at: 0 };
  try {
    for await (const { path, stats, target } of entriesOf(root)) {
      names.update(`${path}\0${target}\0`);
      const at = 2 * entry;
      const [time, rest] = factsOf(stats);
      const isAsBefore = time === before.facts[at] && rest === before.facts[at + 1];
      const then = before.statusTimes?.[entry];
      if (!isAsBefore || (then && !isUntouchedSince(then, join(root, path), stats)))
        change ??= { path, at: timeOf(stats, before.facts[at]) };
      const touched = Math.max(stats.mtimeMs, stats.ctimeMs);
      if (touched >= newest.at) newest = { path, at: touched };
      entry++;
    }
  } catch {
    return { path: "", at: Date.now() };
  }
  // With another list of files, the facts of the same position belong to different files.
  if (names.digest("base64") !== before.names) return newest;
  return change;
}

interface Entry {
  path: string;
  stats: Stats;
  target: string;
}

/** Everything below a directory, in a fixed order. Synchronous calls are much faster than those of the thread pool. */
async function* entriesOf(root: string): AsyncGenerator<Entry> {
  const pending = [""];
  let sliceEnd = performance.now() + SLICE_MS;
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    for (const name of readdirSync(join(root, parent)).sort()) {
      const path = join(parent, name);
      const stats = lstatSync(join(root, path));
      yield { path, stats, target: stats.isSymbolicLink() ? readlinkSync(join(root, path)) : "" };
      if (stats.isDirectory()) pending.push(path);
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}

/** The time of a directory changes when Rain removes links in it, so only its mode counts. */
function factsOf(stats: Stats): [time: number, rest: number] {
  if (stats.isSymbolicLink()) return [0, 0];
  return stats.isDirectory() ? [0, stats.mode] : [stats.mtimeMs, sizeAndMode(stats)];
}

function sizeAndMode({ size, mode }: Stats): number {
  return size * MODES + mode;
}

/** The modification time may have been set back; the time of the last change of status cannot. */
function timeOf(stats: Stats | undefined, before: number | undefined): number {
  if (!stats) return Date.now();
  if (before !== undefined && stats.mtimeMs > before) return stats.mtimeMs;
  return isStatusTimeExact ? stats.ctimeMs : stats.ctimeMs + 999;
}
