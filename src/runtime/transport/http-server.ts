import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { HELLO_TIMEOUT_MS } from "../protocol/limits.ts";

/** By what a server proves who it is; both PEM. */
export interface Identity {
  cert: string;
  key: string;
}

/** An HTTP server that speaks TLS when it has an identity. */
export function createHttpServer(
  identity: Identity | undefined,
  options: ServerOptions = {},
  listener?: RequestListener,
): Server {
  if (!identity) return createServer(options, listener);
  const server = createTlsServer({ ...options, ...identity, handshakeTimeout: HELLO_TIMEOUT_MS }, listener);
  // Whoever does not speak TLS, or does not trust the certificate, is none of the server's business.
  server.on("tlsClientError", (_error, socket) => socket.on("error", () => {}).destroy());
  return server;
}
