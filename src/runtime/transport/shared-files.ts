import { type BigIntStats, constants, readFileSync } from "node:fs";
import { copyFile, type FileHandle, link, lstat, open, rm, stat } from "node:fs/promises";

/**
 * Processes on one machine link or read each other's files instead of sending them. A request says on which
 * machine its sender runs. If the object is a file on the same machine, the answer names the path and
 * identity of the file instead of its bytes. If the file cannot be linked, for instance across file systems,
 * users or containers, the sender requests the bytes.
 */
export interface SharedFile {
  path: string;
  /** Device and inode, since the same path may be another file in another container; size and modification time. */
  identity: string;
}

const HOST_HEADER = "x-rain-host";
const PATH_HEADER = "x-rain-path";
const IDENTITY_HEADER = "x-rain-file";

const WRITABLE = 0o222n;
/** `O_NONBLOCK`, since opening a pipe instead of a file would wait. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

type Headers = Record<string, string | string[] | undefined>;

/**
 * Identifies this machine since its last restart. Empty if unknown; then no file is shared. `RAIN_HOST_ID`
 * overrides it, for instance to let processes on one machine send files as if they were on several.
 */
export const HOST_ID = process.env.RAIN_HOST_ID ?? readHostId();

function readHostId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Headers that name the machine of the sender. */
export function hostHeaders(host: string): Record<string, string> {
  return host === "" ? {} : { [HOST_HEADER]: host };
}

/** Returns whether the sender of the request runs on this machine. */
export function isSameHost(headers: Headers, host: string): boolean {
  return host !== "" && headers[HOST_HEADER] === host;
}

/** Copies these headers for a request that is forwarded. */
export function forwardedHostHeaders(headers: Headers): Record<string, string> {
  const host = headers[HOST_HEADER];
  return typeof host === "string" ? hostHeaders(host) : {};
}

/**
 * Headers of an answer that names a file instead of sending its bytes.
 * @throws the system error if there is no such file
 */
export async function sharedFileHeaders(path: string): Promise<Record<string, string>> {
  return { [PATH_HEADER]: encodeURIComponent(path), [IDENTITY_HEADER]: await identityOf(path) };
}

/** The file that an answer names instead of sending it, if the headers are valid. */
export function sharedFileOf(headers: Headers): SharedFile | undefined {
  const path = headers[PATH_HEADER];
  const identity = headers[IDENTITY_HEADER];
  if (typeof path !== "string" || typeof identity !== "string") return undefined;
  try {
    return { path: decodeURIComponent(path), identity };
  } catch {
    return undefined;
  }
}

/**
 * Links the file as `target`. Links only read-only files, as all objects are, so that a peer cannot name a
 * file to have it changed. Returns whether this succeeded. On failure, leaves nothing behind.
 */
export async function linkSharedFile({ path, identity }: SharedFile, target: string): Promise<boolean> {
  try {
    await link(path, target);
    const stat = await lstat(target, { bigint: true });
    if (stat.isFile() && (stat.mode & WRITABLE) === 0n && identityIn(stat) === identity) return true;
    await rm(target);
  } catch {
    // The file is gone or not reachable.
  }
  return false;
}

/** Copies the file to `target`, or clones it. Returns whether this succeeded. On failure, leaves nothing behind. */
export async function copySharedFile({ path, identity }: SharedFile, target: string): Promise<boolean> {
  try {
    await copyFile(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    if ((await identityOf(path)) === identity) return true;
  } catch {
    // The file is gone or not reachable.
  }
  await rm(target, { force: true });
  return false;
}

/** Whether an open file is the one that the answer named, unchanged. */
export async function isSameFile(file: FileHandle, { identity }: SharedFile): Promise<boolean> {
  return identityIn(await file.stat({ bigint: true })) === identity;
}

/** Whether the file is still the one that the answer named. */
export async function isUnchanged({ path, identity }: SharedFile): Promise<boolean> {
  return identityOf(path).then(
    (now) => now === identity,
    () => false,
  );
}

/** Opens the file for reading, unless it is gone, not reachable, or a different file. */
export async function openSharedFile({ path, identity }: SharedFile): Promise<FileHandle | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, OPEN_FLAGS);
    const stat = await file.stat({ bigint: true });
    if (stat.isFile() && identityIn(stat) === identity) return file;
  } catch {
    // The bytes are requested instead.
  }
  await file?.close();
  return undefined;
}

async function identityOf(path: string): Promise<string> {
  return identityIn(await stat(path, { bigint: true }));
}

const identityIn = ({ dev, ino, size, mtimeNs }: BigIntStats) => `${dev}:${ino}:${size}:${mtimeNs}`;
