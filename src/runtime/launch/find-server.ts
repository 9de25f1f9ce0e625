import { readAuthorities } from "../security/authorities.ts";
import type { Credentials, Trust } from "../security/credentials.ts";
import {
  findLocalServer,
  type LocalServer,
  safeAddress,
  tokenOf,
  trustOf,
} from "../security/local-servers.ts";
import { readTokenFile } from "../security/token-file.ts";
import { authorityFile } from "./access/tls.ts";
import { takeToken } from "./access/token.ts";
import { type ClusterRecord, readCluster } from "./cluster-record.ts";
import { DEFAULT_HOST, DEFAULT_PORT, formatAddress, parseAddress } from "./config/address.ts";

/** The flags of the command line that select a server. */
export interface ServerFlags {
  server?: string | undefined;
  "token-file"?: string | undefined;
  "tls-ca"?: string | undefined;
}

export interface FoundServer {
  /** `HOST:PORT` */
  address: string;
  /** The source of the address, for messages. */
  foundBy: "--server" | "$RAIN_SERVER" | "the last `rain start`" | "default";
  credentials: Credentials;
}

/**
 * Finds the server: `--server`, else `$RAIN_SERVER`, else the server of the last `rain start` on this
 * machine, else the default port of this machine. The token is that of the flag, else of `$RAIN_TOKEN`, else
 * that of this user's own server at the address. TLS is used if the address begins with `https://`, if the
 * flag or `$RAIN_TLS_CA` names an authority, or if this user's own server at the address uses it.
 * @throws USAGE, IO
 */
export async function findServer(flags: ServerFlags): Promise<FoundServer> {
  const named = flags.server || process.env.RAIN_SERVER;
  const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*?)\/?$/.exec(named ?? "") ?? [];
  const cluster = await readCluster();
  const asked = named
    ? formatAddress(parseAddress(rest))
    : (cluster?.address ?? formatAddress({ host: DEFAULT_HOST, port: DEFAULT_PORT }));
  const own = await findLocalServer(asked);
  const address = own === undefined ? asked : safeAddress(own, asked);
  const token = await findToken(flags["token-file"], own);
  const foundBy = originOf(flags, cluster);
  const tls = await findTrust(flags, scheme, own);
  return { address, foundBy, credentials: { ...(token && { token }), ...(tls && { tls }) } };
}

function originOf(flags: ServerFlags, cluster: ClusterRecord | undefined): FoundServer["foundBy"] {
  if (flags.server) return "--server";
  if (process.env.RAIN_SERVER) return "$RAIN_SERVER";
  return cluster?.address === undefined ? "default" : "the last `rain start`";
}

async function findToken(
  file: string | undefined,
  own: LocalServer | undefined,
): Promise<string | undefined> {
  // The token is removed from the environment even if the flag takes precedence.
  const ofEnvironment = takeToken();
  if (file !== undefined) return readTokenFile(file);
  return ofEnvironment ?? (own && tokenOf(own));
}

async function findTrust(
  flags: ServerFlags,
  scheme: string | undefined,
  own: LocalServer | undefined,
): Promise<Trust | undefined> {
  if (scheme === "http" || (own && !own.tls)) return undefined;
  if (own && flags["tls-ca"] === undefined) return trustOf(own);
  const file = authorityFile(flags);
  if (file !== undefined) return { ca: await readAuthorities(file) };
  return scheme === "https" ? {} : undefined;
}
