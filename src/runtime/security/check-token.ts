import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { RainError } from "../errors.ts";
import { isLoopback } from "../platform/hosts.ts";
import { describeOwner, ownUser } from "./owner.ts";

const OWNER_HINT =
  "Give its token with --token-file FILE or $RAIN_TOKEN, or start a cluster of your own: `rain start --listen 0`. " +
  "If it is yours, set RAIN_HOME as it was for the server.";

/**
 * Tokens are compared in these, since a comparison takes time by length. Both are longer than any token, see
 * `token-file.ts`.
 */
const sentBytes = Buffer.alloc(1024);
const ownBytes = Buffer.alloc(1024);

/**
 * Rejects requests without the token of this process. If it has no token, accepts all requests. The
 * duration reveals nothing about the token. Users of the same machine are told whose process it is.
 * @throws UNAUTHORIZED
 */
export function checkToken({ headers, socket }: IncomingMessage, token: string | undefined): void {
  if (token === undefined) return;
  const sent = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  if (sent !== undefined && isSame(sent, token)) return;
  throw unauthorized(socket, sent !== undefined);
}

function isSame(sent: string, token: string): boolean {
  sentBytes.fill(0).write(sent, "latin1");
  ownBytes.fill(0).write(token, "latin1");
  return timingSafeEqual(sentBytes, ownBytes);
}

function unauthorized(socket: Socket, hasToken: boolean): RainError {
  if (!isLoopback(plainAddress(socket.remoteAddress))) {
    return new RainError(
      "UNAUTHORIZED",
      hasToken
        ? "the request has a token, but not that of this cluster"
        : "this cluster requires a token, and the request has none",
    );
  }
  const owner = ownUser();
  const host = plainAddress(socket.localAddress);
  const address = `${host.includes(":") ? `[${host}]` : host}:${socket.localPort}`;
  const belongs = `the server at ${address} belongs to ${describeOwner(owner)}`;
  const problem = hasToken ? "the given token is not its token" : "its commands need its token";
  return new RainError("UNAUTHORIZED", `${belongs}; ${problem}`, { hint: OWNER_HINT, details: { owner } });
}

/** Servers on `::` see IPv4 addresses as `::ffff:127.0.0.1`. */
function plainAddress(address = ""): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
