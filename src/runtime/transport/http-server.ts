import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { HELLO_TIMEOUT_MS } from "../protocol/limits.ts";

/** Certificate and key of a server, both as PEM. */
export interface Identity {
  cert: string;
  key: string;
}

/** Creates an HTTP server that uses TLS if it has an identity. */
export function createHttpServer(
  identity: Identity | undefined,
  options: ServerOptions = {},
  listener?: RequestListener,
): Server {
  if (!identity) return createServer(options, listener);
  const server = createTlsServer({ ...options, ...identity, handshakeTimeout: HELLO_TIMEOUT_MS }, listener);
  // The server ignores clients that do not use TLS or do not trust its certificate.
  server.on("tlsClientError", (_error, socket) => socket.on("error", () => {}).destroy());
  return server;
}
