import { RainError } from "../errors.ts";
import { readCluster } from "./home.ts";

export const DEFAULT_PORT = 7210;
export const DEFAULT_HOST = "127.0.0.1";

export interface HostPort {
  host: string;
  port: number;
}

/** `HOST:PORT`, `HOST`, `[IPv6]:PORT`. @throws USAGE */
export function parseAddress(text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:\s/]+))(?::(\d+))?$/.exec(text.trim());
  if (match === null) throw notAnAddress(text);
  return {
    host: match[1] ?? match[2],
    port: match[3] === undefined ? DEFAULT_PORT : portNumber(match[3], text),
  };
}

/** `[HOST:]PORT`, for a server that is to listen there; port 0 means a free one. @throws USAGE */
export function parseListen(text: string): HostPort {
  if (/^\d+$/.test(text)) return { host: DEFAULT_HOST, port: portNumber(text, text) };
  const { host, port } = parseAddress(text);
  if (!isLoopback(host)) {
    throw new RainError("USAGE", `cannot listen on ${host}: this version of Rain serves this machine only`, {
      hint: `Use --listen ${DEFAULT_HOST}:${port}.`,
    });
  }
  return { host, port };
}

export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * `HOST:PORT` of the server to talk to: the one that is named, else that of `$RAIN_SERVER`, else the one that
 * `rain start` started last on this machine, else the usual port of this machine. @throws USAGE
 */
export async function findServer(named: string | undefined): Promise<string> {
  const wanted = named ?? process.env.RAIN_SERVER;
  if (wanted) return formatAddress(parseAddress(wanted));
  const cluster = await readCluster();
  return cluster?.address ?? formatAddress({ host: DEFAULT_HOST, port: DEFAULT_PORT });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function portNumber(text: string, whole: string): number {
  const port = Number(text);
  if (port > 65_535) throw notAnAddress(whole);
  return port;
}

function notAnAddress(text: string): RainError {
  return new RainError("USAGE", `${JSON.stringify(text)} is not an address`, {
    hint: `Write it as HOST:PORT, such as ${DEFAULT_HOST}:${DEFAULT_PORT}.`,
  });
}
