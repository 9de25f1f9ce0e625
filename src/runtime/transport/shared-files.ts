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
  /**
   * Device and inode, since the same path may be another file in another container; size and modification time; and the
   * time of the last change of status, which changes with each link.
   */
  identity: string;
}

const HOST_HEADER = "x-rain-host";
const LINK_HEADER = "x-rain-link";
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

/** The same, from who would link a file instead of reading it. */
export function linkHeaders(host: string): Record<string, string> {
  return host === "" ? {} : { ...hostHeaders(host), [LINK_HEADER]: "yes" };
}

/** Whether the sender of the request would link a file. */
export function wantsLink(headers: Headers): boolean {
  return headers[LINK_HEADER] !== undefined;
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
export async function linkSharedFile(shared: SharedFile, target: string): Promise<boolean> {
  try {
    await link(shared.path, target);
    const stat = await lstat(target, { bigint: true });
    if (stat.isFile() && (stat.mode & WRITABLE) === 0n && isNamedBy(stat, shared)) return true;
    await rm(target);
  } catch {
    // The file is gone or not reachable.
  }
  return false;
}

/** Copies the file to `target`, or clones it. Returns whether this succeeded. On failure, leaves nothing behind. */
export async function copySharedFile(shared: SharedFile, target: string): Promise<boolean> {
  try {
    await copyFile(shared.path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    if (await isStillNamed(shared.path, shared)) return true;
  } catch {
    // The file is gone or not reachable.
  }
  await rm(target, { force: true });
  return false;
}

/** Whether an open file is the one that the answer named, with the same size and modification time. */
export async function isSameFile(file: FileHandle, shared: SharedFile): Promise<boolean> {
  return isNamedBy(await file.stat({ bigint: true }), shared);
}

/** The same for the file at a path, to which links may have been made. */
export async function isStillNamed(path: string, shared: SharedFile): Promise<boolean> {
  return stat(path, { bigint: true }).then(
    (stats) => isNamedBy(stats, shared),
    () => false,
  );
}

/** Whether nobody has touched the file since the answer that named it: its times of modification and status are the same. */
export async function isUntouched({ path, identity }: SharedFile): Promise<boolean> {
  return identityOf(path).then(
    (now) => now === identity,
    () => false,
  );
}

/** Opens the file for reading, unless it is gone, not reachable, or a different file. */
export async function openSharedFile(shared: SharedFile): Promise<FileHandle | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(shared.path, OPEN_FLAGS);
    const stat = await file.stat({ bigint: true });
    if (stat.isFile() && isNamedBy(stat, shared)) return file;
  } catch {
    // The bytes are requested instead.
  }
  await file?.close();
  return undefined;
}

async function identityOf(path: string): Promise<string> {
  return identityIn(await stat(path, { bigint: true }));
}

const identityIn = (stats: BigIntStats) => `${lasting(stats)}:${stats.ctimeNs}`;

/** The part of an identity that links do not change. */
const lasting = ({ dev, ino, size, mtimeNs }: BigIntStats) => `${dev}:${ino}:${size}:${mtimeNs}`;

function isNamedBy(stats: BigIntStats, { identity }: SharedFile): boolean {
  return identity.startsWith(`${lasting(stats)}:`);
}
