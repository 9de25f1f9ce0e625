/* The HTTP and WebSocket API of the server: routes, clients and their methods, access and limits. */

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { clip, RainError } from "../../errors.ts";
import { refuseUpgrade } from "../../protocol/link/refuse-upgrade.ts";
import { checkAccess } from "./access.ts";
import { handleRequest } from "./http.ts";
import type { ServerContext } from "./methods.ts";

/** Handlers of WebSocket upgrades, by path. */
type Upgrades = Record<
  string,
  { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void }
>;

/**
 * Answers requests and WebSockets of an HTTP server.
 * @param ready requests wait for this, except those of workers, which a restoration needs
 */
export function serve(http: Server, context: ServerContext, upgrades: Upgrades, ready: Promise<void>): void {
  http.on("request", (request, response) => {
    void ready.then(() => handleRequest(context, request, response));
  });
  http.on("upgrade", (request, socket, head) => {
    // Until a handler takes over the socket, its errors must not crash the server.
    socket.on("error", () => socket.destroy());
    const admitted = request.url === "/ws/worker" ? Promise.resolve() : ready;
    void admitted.then(() => upgrade(upgrades, context, request, socket, head));
  });
}

function upgrade(
  upgrades: Upgrades,
  { access }: ServerContext,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  try {
    checkAccess(request, access);
    const path = request.url ?? "/";
    const acceptor = Object.hasOwn(upgrades, path) ? upgrades[path] : undefined;
    if (!acceptor) throw new RainError("NOT_FOUND", `there is no WebSocket at ${clip(path)}`);
    acceptor.handleUpgrade(request, socket, head);
  } catch (error) {
    refuseUpgrade(socket, RainError.from(error));
  }
}
