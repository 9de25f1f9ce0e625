import { RainError } from "../../errors.ts";

export const DEFAULT_PORT = 7210;
export const DEFAULT_HOST = "127.0.0.1";

export interface HostPort {
  host: string;
  port: number;
}

/** Parses `HOST:PORT`, `HOST` or `[IPv6]:PORT`. @throws USAGE */
export function parseAddress(text: string, defaultPort = DEFAULT_PORT): HostPort {
  const [, ipv6, name, port] = /^(?:\[([^\]]+)\]|([^:\s/]+))(?::(\d+))?$/.exec(text.trim()) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined) throw notAnAddress(text);
  return { host, port: port === undefined ? defaultPort : portNumber(port, text) };
}

/** Parses `[HOST:]PORT`, an address to listen on; port 0 means a free one. @throws USAGE */
export function parseListen(text: string): HostPort {
  if (/^\d+$/.test(text)) return { host: DEFAULT_HOST, port: portNumber(text, text) };
  return parseAddress(text);
}

export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
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
