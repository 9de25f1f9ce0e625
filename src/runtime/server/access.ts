import type { IncomingMessage } from "node:http";
import { RainError } from "../errors.ts";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses what a web page of another site could send to a server on this machine: a foreign `Host` (DNS rebinding) and a
 * foreign `Origin` (cross-site requests and WebSockets). Command-line tools send no `Origin`. @throws REFUSED
 */
export function checkAccess(request: IncomingMessage): void {
  const host = request.headers.host ?? "";
  const name = host.replace(/:\d+$/, "");
  if (!LOOPBACK.has(name)) {
    throw new RainError(
      "REFUSED",
      `the request names the host "${host}", but this server answers on loopback only`,
    );
  }
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new RainError("REFUSED", `requests from pages of ${origin} are not allowed`);
  }
}
