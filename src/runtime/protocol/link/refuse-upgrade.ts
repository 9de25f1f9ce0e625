import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { RainError } from "../../errors.ts";

/** Refuses a WebSocket before the upgrade with an HTTP answer. `status` defaults to that of the error. */
export function refuseUpgrade(socket: Duplex, error: RainError, status: number = error.httpStatus): void {
  const body = JSON.stringify({ error });
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
