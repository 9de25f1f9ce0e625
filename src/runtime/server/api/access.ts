import type { IncomingMessage } from "node:http";
import { RainError } from "../../errors.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { checkToken } from "../../security/check-token.ts";

/** Whom a server lets in. */
export interface AccessRules {
  /** Where it listens. */
  host: string;
  /** What clients and workers must bear. Absent on loopback only. */
  token: string | undefined;
  /** TLS is spoken. */
  secure: boolean;
}

/** For probes: it tells nothing but that the server runs. */
const OPEN_PATH = "/healthz";

/**
 * Refuses whoever lacks the token, and what a web page of another site could send to a server on this machine: a foreign `Host`
 * (DNS rebinding) and a foreign `Origin` (cross-site requests and WebSockets). Command-line tools send no `Origin`.
 * @throws REFUSED, UNAUTHORIZED
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
 * Which names lead to a server that the network reaches is not known here; there the token keeps out a page that comes by a
 * name of its own, since no browser sends one by itself.
 */
function isOwnHost(name: string, { host, token }: AccessRules): boolean {
  if (isLoopback(name)) return true;
  return !isLoopback(host) && token !== undefined && name !== "";
}
