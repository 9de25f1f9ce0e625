import type { IncomingMessage } from "node:http";
import { RainError } from "../../errors.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { checkToken } from "../../security/check-token.ts";

/** Rules by which a server admits requests. */
export interface AccessRules {
  /** Host on which the server listens. */
  host: string;
  /** The token that clients and workers must bear. Absent on loopback only. */
  token: string | undefined;
  /** Whether the server speaks TLS. */
  secure: boolean;
}

/** Open to probes: it tells only that the server runs. */
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
 * The server does not know the names under which the network reaches it. There the token keeps out pages that
 * come by a name of their own, since no browser sends a token by itself.
 */
function isOwnHost(name: string, { host, token }: AccessRules): boolean {
  if (isLoopback(name)) return true;
  return !isLoopback(host) && token !== undefined && name !== "";
}
