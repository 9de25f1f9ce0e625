import { connect, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { RainError } from "../../errors.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { DEFAULT_HOST, type HostPort } from "../config/address.ts";
import { hostsOf, isFor } from "./tls.ts";

const CONNECT_MS = 1_500;
const ANY = new Set(["0.0.0.0", "::"]);

/**
 * The host for reaching a server on this machine that listens on `host`. Prefers a host of its certificate
 * (PEM).
 */
export function localHost(host: string, cert?: string): string {
  const loopback = host === "::" ? "::1" : "127.0.0.1";
  if (ANY.has(host)) return firstCovered([...loopbackNames(loopback), ...namesIn(cert)], cert);
  return firstCovered(isLoopback(host) ? loopbackNames(host) : [host, ...namesIn(cert)], cert);
}

/**
 * The host for reaching this machine from the network, if its server listens on `host`. Prefers a host of the
 * certificate.
 */
export function networkHost(host: string, cert?: string): string {
  if (!ANY.has(host)) return firstCovered([host, ...namesIn(cert)], cert);
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = own.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
  const family = host === "::" ? 6 : 4;
  return firstCovered([...outside.filter((address) => isIP(address) === family), ...namesIn(cert)], cert);
}

/**
 * @throws START_FAILED if commands on this machine would not accept the certificate (PEM) of a server on
 * `host`
 */
export function checkHost(host: string, cert: string): void {
  if (isFor(cert, localHost(host, cert))) return;
  throw new RainError(
    "START_FAILED",
    `the certificate is not valid for ${host}, where the server would listen`,
    {
      hint: `Listen on a host of the certificate: ${hostsOf(cert).join(", ") || "it names none"}.`,
    },
  );
}

function loopbackNames(host: string): string[] {
  return host === "127.0.0.1" || host === "::1" ? [host, "localhost"] : [host];
}

function namesIn(cert: string | undefined): string[] {
  return cert === undefined ? [] : hostsOf(cert);
}

function firstCovered(hosts: string[], cert: string | undefined): string {
  const covered = cert === undefined ? undefined : hosts.find((host) => isFor(cert, host));
  return covered ?? hosts[0] ?? DEFAULT_HOST;
}

/**
 * The address on which a worker listens: the given one, else a free port on the address from which it reaches
 * its server.
 * @throws START_FAILED if its certificate (PEM) is for another host
 */
export async function workerListen(
  told: HostPort | undefined,
  server: HostPort,
  cert?: string,
): Promise<HostPort> {
  const own = told?.host ?? (await addressTowards(server));
  const host = told?.host ?? firstCovered(isLoopback(own) ? loopbackNames(own) : [own], cert);
  if (cert === undefined || isFor(cert, host)) return { host, port: told?.port ?? 0 };
  throw new RainError("START_FAILED", `the certificate of this worker is not valid for ${own}`, {
    hint: `Use --listen with a host of the certificate: ${hostsOf(cert).join(", ") || "it names none"}.`,
  });
}

/** Falls back to loopback without a server; the connection itself reports that later. */
function addressTowards({ host, port }: HostPort): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (address = "127.0.0.1") => {
      socket.destroy();
      resolve(address);
    };
    socket.setTimeout(CONNECT_MS, () => answer());
    socket.once("connect", () => answer(socket.localAddress));
    socket.once("error", () => answer());
  });
}
