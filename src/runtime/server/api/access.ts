import type { IncomingMessage } from "node:http";
import { RainError } from "../../errors.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { checkToken } from "../../security/check-token.ts";

/** Rules for accepting requests. */
export interface AccessRules {
  /** Host on which the server listens. */
  host: string;
  /** Token that clients and workers must send. Absent only if the server listens on loopback. */
  token: string | undefined;
  /** Whether the server uses TLS. */
  secure: boolean;
}

/** Needs no token, so that probes can use it. It reveals only that the server runs. */
const OPEN_PATH = "/healthz";

/**
 * Refuses requests without the token, and requests that a web page of another site could send to a server on
 * this machine: a foreign `Host` (DNS rebinding) and a foreign `Origin` (cross-site requests and WebSockets).
 * Command-line tools send no `Origin`. @throws REFUSED, UNAUTHORIZED
 */
export function checkAccess(request: IncomingMessage, rules: AccessRules): void {
  const { host = "", origin } = request.headers;
  if (!isOwnHost(host.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""), rules)) {
    throw new RainError(
      "REFUSED",
      `the request names the host "${host}", but this server answers on loopback only`,
    );
  }
  if (origin !== undefined && origin !== `${rules.secure ? "https" : "http"}://${host}`) {
    throw new RainError("REFUSED", `requests from pages of ${origin} are not allowed`);
  }
  if (request.url !== OPEN_PATH) checkToken(request, rules.token);
}

/**
 * A server that listens on a network accepts any host name, since it does not know all of its own names.
 * There, the token keeps out web pages of other sites, since no browser sends a token by itself.
 */
function isOwnHost(name: string, { host, token }: AccessRules): boolean {
  if (isLoopback(name)) return true;
  return !isLoopback(host) && token !== undefined && name !== "";
}
