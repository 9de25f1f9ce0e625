import { type BigIntStats, constants, readFileSync } from "node:fs";
import { type FileHandle, link, lstat, open, rm, stat } from "node:fs/promises";

/**
 * Processes on one machine need not send each other files: they link or read them. Who asks for an object says on which machine it
 * runs; who has it as a file there answers with the path and the identity of the file instead of its bytes. Where linking fails,
 * as across file systems, users or containers, the bytes are asked for.
 */
export interface SharedFile {
  path: string;
  /** Device and inode: the same path may be another file in another container. */
  identity: string;
}

const HOST_HEADER = "x-rain-host";
const PATH_HEADER = "x-rain-path";
const IDENTITY_HEADER = "x-rain-file";

const WRITABLE = 0o222n;
/** A pipe that is named instead of a file must not be waited for. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

type Headers = Record<string, string | string[] | undefined>;

/**
 * Tells machines, and their restarts, apart. Empty where the system does not say: then no file is shared. `RAIN_HOST_ID` says
 * otherwise, such as that processes on one machine are to send each other files as if they were on several.
 */
export const HOST_ID = process.env.RAIN_HOST_ID ?? readHostId();

function readHostId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** The headers that name the machine a request comes from. */
export function hostHeaders(host: string): Record<string, string> {
  return host === "" ? {} : { [HOST_HEADER]: host };
}

/** Whether the sender of the request runs on this machine. */
export function isSameHost(headers: Headers, host: string): boolean {
  return host !== "" && headers[HOST_HEADER] === host;
}

/** The same headers for a request that is forwarded. */
export function forwardedHostHeaders(headers: Headers): Record<string, string> {
  const host = headers[HOST_HEADER];
  return typeof host === "string" ? hostHeaders(host) : {};
}

/** The answer that names a file instead of sending its bytes. @throws the system error when there is no such file */
export async function sharedFileHeaders(path: string): Promise<Record<string, string>> {
  return { [PATH_HEADER]: encodeURIComponent(path), [IDENTITY_HEADER]: await identityOf(path) };
}

/** The file that an answer names instead of sending it, if that makes sense. */
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
 * Makes `target` a further name of the file. Only a read-only file is taken, as all objects are: whoever names another one cannot
 * get it changed. Answers whether that went well; if not, nothing is left behind.
 */
export async function linkSharedFile({ path, identity }: SharedFile, target: string): Promise<boolean> {
  try {
    await link(path, target);
    const stat = await lstat(target, { bigint: true });
    if (stat.isFile() && (stat.mode & WRITABLE) === 0n && identityIn(stat) === identity) return true;
    await rm(target);
  } catch {
    // The file is gone, or not reachable from here.
  }
  return false;
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

const identityIn = ({ dev, ino }: BigIntStats) => `${dev}:${ino}`;
