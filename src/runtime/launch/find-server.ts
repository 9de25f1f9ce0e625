import type { Credentials } from "../credentials.ts";
import { DEFAULT_HOST, DEFAULT_PORT, formatAddress, parseAddress } from "./address.ts";
import { readCluster } from "./home.ts";
import { readTokenFile, takeToken } from "./token.ts";

/** What is said on the command line. */
export interface ServerFlags {
  server?: string;
  "token-file"?: string;
}

export interface FoundServer {
  /** `HOST:PORT` */
  address: string;
  credentials: Credentials;
}

/**
 * The server to talk to: the one that is named, else that of `$RAIN_SERVER`, else the one that `rain start` started last on this
 * machine, else the usual port of this machine. Its token is that of the flag, else of `$RAIN_TOKEN`, else the one that
 * `rain start` wrote down for the server of that address. @throws USAGE, IO
 */
export async function findServer(flags: ServerFlags): Promise<FoundServer> {
  const named = flags.server ?? process.env.RAIN_SERVER;
  const cluster = await readCluster();
  const address = named
    ? formatAddress(parseAddress(named))
    : (cluster?.address ?? formatAddress({ host: DEFAULT_HOST, port: DEFAULT_PORT }));
  const recorded = cluster?.address === address ? cluster.tokenFile : undefined;
  return { address, credentials: { token: await findToken(flags["token-file"], recorded) } };
}

async function findToken(
  file: string | undefined,
  recorded: string | undefined,
): Promise<string | undefined> {
  // It leaves the environment even when the flag comes first.
  const ofEnvironment = takeToken();
  if (file !== undefined) return readTokenFile(file);
  return ofEnvironment ?? (recorded && readTokenFile(recorded));
}
