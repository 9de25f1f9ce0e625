import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { SILENT_INTERVALS } from "../limits.ts";

/**
 * Pings the peer, and calls `onSilent` once if nothing arrives from it for too long. It counts intervals
 * instead of time, so that a process that was busy itself does not assume its peer dead; and bytes instead of
 * messages, so that a large message on a slow connection counts as a sign of life. Returns a function that
 * stops it.
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
