import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { SILENT_INTERVALS } from "../limits.ts";

/**
 * Pings the peer, and calls `onSilent` once when nothing has come from it for too long. It counts intervals rather than
 * time, so that a process that was itself busy for long does not take its peer for dead; and bytes rather than messages,
 * so that one large message on a slow line is a sign of life. Answers a function that stops it.
 */
export function startHeartbeat(
  socket: WebSocket,
  raw: Socket,
  intervalMs: number,
  onSilent: () => void,
): () => void {
  let silentIntervals = 0;
  let bytesSeen = raw.bytesRead;
  const timer = setInterval(() => {
    if (raw.bytesRead === bytesSeen) silentIntervals++;
    else silentIntervals = 0;
    bytesSeen = raw.bytesRead;
    if (silentIntervals < SILENT_INTERVALS) {
      if (socket.readyState === socket.OPEN) socket.ping();
      return;
    }
    clearInterval(timer);
    onSilent();
  }, intervalMs);
  return () => clearInterval(timer);
}
