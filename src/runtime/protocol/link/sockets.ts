import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import { LINGER_MS } from "../limits.ts";

/** A WebSocket and the TCP socket below it. */
export interface SocketPair {
  socket: WebSocket;
  raw: Socket;
}

/** Closes gracefully, or by force if the peer does not close its side in time. */
export function closeSocket(socket: WebSocket, lingerMs: number = LINGER_MS): void {
  if (socket.readyState === socket.CLOSED) return;
  const timer = setTimeout(() => socket.terminate(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
  socket.close(1000);
}

/** The bytes of a binary message. `undefined` for a text message, which Rain never sends. */
export function bytesOf(data: RawData, isBinary: boolean): Uint8Array | undefined {
  return isBinary && Buffer.isBuffer(data) ? data : undefined;
}
