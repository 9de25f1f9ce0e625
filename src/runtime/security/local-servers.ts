/*
 * The servers of this user on this machine. Each is recorded in `$RAIN_HOME/running`, so that clients of the
 * same user find its token and its certificates by its address.
 */

import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { messageOf, RainError } from "../errors.ts";
import { rainHome } from "../platform/files/rain-home.ts";
import { isLoopback } from "../platform/hosts.ts";
import { identify, isRunning } from "../platform/processes/identity.ts";
import { readAuthorities } from "./authorities.ts";
import type { Trust } from "./credentials.ts";
import { readTokenFile } from "./token-file.ts";

const localServer = v.object({
  pid: v.number(),
  startTime: v.number(),
  /** The host by which clients on this machine reach it, without brackets. */
  host: v.string(),
  port: v.number(),
  /** The host that it listens on, such as 0.0.0.0. */
  listenHost: v.string(),
  /** Absolute path. Absent if it requires no token. */
  tokenFile: v.optional(v.string()),
  /** Present if it uses TLS. `caFile` has the trusted certificates, unless the runtime trusts them already. */
  tls: v.optional(v.object({ caFile: v.optional(v.string()) })),
});
export type LocalServer = v.InferOutput<typeof localServer>;

/**
 * Records the server of this process. Returns a function that removes the record.
 * @throws IO
 */
export async function recordServer(
  server: Omit<LocalServer, "pid" | "startTime">,
): Promise<() => Promise<void>> {
  const folder = recordFolder();
  const path = join(folder, `${namePrefix()}${process.pid}.json`);
  const draft = `${path}.new`;
  const record: LocalServer = { ...identify(process.pid), ...server };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeOldRecords(folder);
    // Written as a whole, so that readers never see a part of it.
    await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw new RainError("IO", `cannot write to ${folder}: ${messageOf(error)}`, { cause: error });
  }
  return () => rm(path, { force: true });
}

/**
 * The running server of this user at an address, if there is one. Another program cannot have taken its port,
 * so it is safe to send it the token.
 * @param address `HOST:PORT`
 */
export async function findLocalServer(address: string): Promise<LocalServer | undefined> {
  if (!URL.canParse(`http://${address}`)) return undefined;
  const { port } = new URL(`http://${address}`);
  const servers = await readRecords();
  return servers.find((server) => server.port === Number(port || 80) && answersAt(server, hostOf(address)));
}

/**
 * The address at which to reach a local server that was found by `address`. Names of loopback are replaced:
 * `localhost` may also be an address where another user listens.
 */
export function safeAddress({ host, port }: LocalServer, address: string): string {
  if (!isLoopback(hostOf(address))) return address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @throws IO, USAGE if the token file cannot be used */
export async function tokenOf({ tokenFile }: LocalServer): Promise<string | undefined> {
  return tokenFile === undefined ? undefined : readTokenFile(tokenFile);
}

/** @throws IO, USAGE if the certificates cannot be used */
export async function trustOf({ tls }: LocalServer): Promise<Trust | undefined> {
  return tls?.caFile === undefined ? tls && {} : { ca: await readAuthorities(tls.caFile) };
}

/** The host of `HOST:PORT` in lower case, without brackets. */
function hostOf(address: string): string {
  return new URL(`http://${address}`).hostname.replace(/^\[|\]$/g, "");
}

function answersAt({ host, listenHost }: LocalServer, asked: string): boolean {
  if (asked === host || asked === listenHost) return true;
  const isAny = listenHost === "::" || (listenHost === "0.0.0.0" && isIP(asked) !== 6);
  if (isLoopback(asked)) return isAny || (asked === "localhost" && isLoopback(listenHost));
  return isAny && ownNames().includes(asked);
}

function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [hostname().toLowerCase(), ...addresses.map(({ address }) => address)];
}

async function readRecords(): Promise<LocalServer[]> {
  const folder = folderIfAny();
  if (folder === undefined) return [];
  const names = await readdir(folder).catch(() => []);
  const records = names.filter(isOfThisMachine).map((name) => readRecord(join(folder, name)));
  return (await Promise.all(records)).filter((record) => record !== undefined).filter(isRunning);
}

/** Machines and containers may share a home directory, but not their processes. */
function namePrefix(): string {
  return `${encodeURIComponent(hostname())}-`;
}

function isOfThisMachine(name: string): boolean {
  return name.startsWith(namePrefix()) && name.endsWith(".json");
}

/** `undefined` if it was removed in the meantime, or is from another version. */
async function readRecord(path: string): Promise<LocalServer | undefined> {
  const text = await readFile(path, "utf8").catch(() => "null");
  try {
    const { success, output } = v.safeParse(localServer, JSON.parse(text));
    return success ? output : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the records of servers that were killed. */
async function removeOldRecords(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter(isOfThisMachine)) {
    const record = await readRecord(join(folder, name));
    if (record !== undefined && !isRunning(record)) await rm(join(folder, name), { force: true });
  }
}

function recordFolder(): string {
  return join(rainHome(), "running");
}

/** `undefined` for users without a home directory. */
function folderIfAny(): string | undefined {
  try {
    return recordFolder();
  } catch {
    return undefined;
  }
}
