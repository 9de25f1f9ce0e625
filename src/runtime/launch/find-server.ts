import { readAuthorities } from "../security/authorities.ts";
import type { Credentials, Trust } from "../security/credentials.ts";
import { authorityFile } from "./access/tls.ts";
import { readTokenFile, takeToken } from "./access/token.ts";
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
 * the one that `rain start` recorded for the address. TLS is used if the address begins with `https://`, if
 * the flag or `$RAIN_TLS_CA` names an authority, or if `rain start` recorded it for the address.
 * @throws USAGE, IO
 */
export async function findServer(flags: ServerFlags): Promise<FoundServer> {
  const named = flags.server || process.env.RAIN_SERVER;
  const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*?)\/?$/.exec(named ?? "") ?? [];
  const cluster = await readCluster();
  const address = named
    ? formatAddress(parseAddress(rest))
    : (cluster?.address ?? formatAddress({ host: DEFAULT_HOST, port: DEFAULT_PORT }));
  const recorded = cluster?.address === address ? cluster : undefined;
  const token = await findToken(flags["token-file"], recorded?.tokenFile);
  const foundBy = originOf(flags, cluster);
  const tls = await findTrust(flags, scheme, recorded);
  return { address, foundBy, credentials: { ...(token && { token }), ...(tls && { tls }) } };
}

function originOf(flags: ServerFlags, cluster: ClusterRecord | undefined): FoundServer["foundBy"] {
  if (flags.server) return "--server";
  if (process.env.RAIN_SERVER) return "$RAIN_SERVER";
  return cluster?.address === undefined ? "default" : "the last `rain start`";
}

async function findToken(
  file: string | undefined,
  recorded: string | undefined,
): Promise<string | undefined> {
  // The token is removed from the environment even if the flag takes precedence.
  const ofEnvironment = takeToken();
  if (file !== undefined) return readTokenFile(file);
  return ofEnvironment ?? (recorded && readTokenFile(recorded));
}

async function findTrust(
  flags: ServerFlags,
  scheme: string | undefined,
  recorded: ClusterRecord | undefined,
): Promise<Trust | undefined> {
  if (scheme === "http" || (recorded && !recorded.tls)) return undefined;
  const file = flags["tls-ca"] ?? (recorded ? recorded.tls?.caFile : authorityFile(flags));
  if (file !== undefined) return { ca: await readAuthorities(file) };
  return scheme === "https" || recorded ? {} : undefined;
}
