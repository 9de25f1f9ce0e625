import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { clip, RainError } from "../../errors.ts";
import { refuseUpgrade } from "../../protocol/link/refuse-upgrade.ts";
import { checkAccess } from "./access.ts";
import { handleRequest } from "./http.ts";
import type { ServerContext } from "./methods.ts";

/** Takes over the connections that become WebSockets, by path. */
type Upgrades = Record<
  string,
  { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void }
>;

/**
 * Answers requests and WebSockets of an HTTP server.
 * @param ready everybody but workers, for whom a restoration waits, is answered once it has settled
 */
export function serve(http: Server, context: ServerContext, upgrades: Upgrades, ready: Promise<void>): void {
  http.on("request", (request, response) => {
    void ready.then(() => handleRequest(context, request, response));
  });
  http.on("upgrade", (request, socket, head) => {
    // Until somebody takes it over: a peer that hangs up meanwhile must not end the server.
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
    if (!acceptor) throw new RainError("NOT_FOUND", `no WebSocket is offered at ${clip(path)}`);
    acceptor.handleUpgrade(request, socket, head);
  } catch (error) {
    refuseUpgrade(socket, RainError.from(error));
  }
}
